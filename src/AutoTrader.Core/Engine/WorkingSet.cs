using AutoTrader.Core.Engine.Ports;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Risk;

namespace AutoTrader.Core.Engine;

/// <summary>Everything that one cycle works on: loaded once, changed in memory, committed owner by owner.</summary>
internal sealed class WorkingSet
{
    private readonly Dictionary<string, StrategyOwner> _strategies = new(StringComparer.Ordinal);
    private readonly Dictionary<string, UnmanagedOwner> _unmanaged = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Owner> _byClientOrderId = new(StringComparer.Ordinal);

    private readonly HashSet<string> _setAside;

    public WorkingSet(TradingSnapshot snapshot)
    {
        Unreadable = snapshot.Unreadable;
        IsAccountUnreadable = Unreadable.Any(row => row.RowKey == TradingKey.Account);
        Account = IsAccountUnreadable
            ? new AccountState { KillSwitch = new("the account row cannot be read", default, "engine") }
            : snapshot.Account?.Value ?? new AccountState();
        AccountVersion = snapshot.Account?.Version;
        // Limits may be set before the first cycle; the account's number is noted in it.
        IsFirstCycle = Account.AccountNumber is null && !IsAccountUnreadable;
        _setAside = Unreadable.Select(row => row.RowKey.Split('|')).Where(key => key.Length > 1 && key[0] + "|" is TradingKey.StrategyPrefix or TradingKey.OrderPrefix && key[1] != Order.ManualOwner)
            .Select(key => key[1]).ToHashSet(StringComparer.Ordinal);
        OrdersSetAside = [.. snapshot.Orders.Select(row => row.Value).Where(order => IsSetAside(order.StrategyId))];
        foreach (var row in snapshot.Strategies.Where(row => !IsSetAside(row.Value.Id)))
        {
            _strategies[row.Value.Id] = new(row);
        }

        foreach (var row in snapshot.Unmanaged)
        {
            _unmanaged[row.Value.Symbol] = new(row.Value.Symbol, row);
        }

        foreach (var row in snapshot.Orders.Where(row => !IsSetAside(row.Value.StrategyId)))
        {
            var owner = row.Value.StrategyId == Order.ManualOwner ? UnmanagedOf(row.Value.Terms.Symbol)
                : _strategies.TryGetValue(row.Value.StrategyId, out var strategy) ? strategy
                : (Owner)UnmanagedOf(row.Value.Terms.Symbol);
            owner.Load(row);
            _byClientOrderId[row.Value.ClientOrderId] = owner;
        }

        Commands = [.. snapshot.Commands.Where(row => row.Value.Status == CommandStatus.Pending).OrderBy(row => row.Value.RequestedAt).ThenBy(row => row.Value.Id, StringComparer.Ordinal)];
        HandledCommands = [.. snapshot.Commands.Where(row => row.Value.Status != CommandStatus.Pending)];
    }

    public AccountState Account { get; private set; }

    public RowVersion? AccountVersion { get; private set; }

    public bool IsFirstCycle { get; }

    /// <summary>Whether limits and switches are unknown: nothing is bought, and the row is left alone.</summary>
    public bool IsAccountUnreadable { get; }

    /// <summary>Orders of strategies that cannot be read in full: their fills wait until the rows are mended.</summary>
    public IReadOnlyList<Order> OrdersSetAside { get; }

    public bool IsAccountDirty { get; private set; }

    public IReadOnlyList<UnreadableRow> Unreadable { get; }

    public IReadOnlyList<Row<EngineCommand>> Commands { get; }

    public IReadOnlyList<Row<EngineCommand>> HandledCommands { get; }

    public IReadOnlyCollection<StrategyOwner> Strategies => _strategies.Values;

    public IReadOnlyCollection<UnmanagedOwner> Unmanaged => _unmanaged.Values;

    public IEnumerable<Owner> Owners => _strategies.Values.Concat<Owner>(_unmanaged.Values);

    public void Set(AccountState account)
    {
        if (account != Account)
        {
            Account = account;
            IsAccountDirty = !IsAccountUnreadable;
        }
    }

    public void AccountCommitted(RowVersion version)
    {
        AccountVersion = version;
        IsAccountDirty = false;
    }

    /// <summary>Takes over the account row as another writer left it: kill switch and limits are theirs; day, latch and number are the engine's own.</summary>
    public void AccountReloaded(Row<AccountState>? row)
    {
        var theirs = row?.Value ?? Account;
        Account = theirs with { Today = Account.Today, LossLatchedOn = Account.LossLatchedOn, AccountNumber = Account.AccountNumber };
        AccountVersion = row?.Version;
        IsAccountDirty = Account != theirs;
    }

    /// <summary>Whether the strategy, or one of its orders, cannot be read: nothing is decided about it.</summary>
    public bool IsSetAside(string strategyId) => _setAside.Contains(strategyId);

    public StrategyOwner? Strategy(string id) => _strategies.GetValueOrDefault(id);

    public UnmanagedOwner UnmanagedOf(string symbol)
    {
        if (!_unmanaged.TryGetValue(symbol, out var owner))
        {
            _unmanaged[symbol] = owner = new(symbol, null);
        }

        return owner;
    }

    public Owner? OwnerOf(string clientOrderId) => _byClientOrderId.GetValueOrDefault(clientOrderId);

    public void Remove(StrategyOwner owner) => _strategies.Remove(owner.Id);

    public void Add(Owner owner, Order order)
    {
        owner.Set(order);
        _byClientOrderId[order.ClientOrderId] = owner;
    }

    /// <summary>All owners' doings on <paramref name="day"/>, and the account's fees.</summary>
    public DayTally Tally(DateOnly day) => DayTally.Of(day, Owners.Select(owner => owner.Holding), Account.Cash);
}
