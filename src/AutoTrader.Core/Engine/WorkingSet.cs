using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Risk;

namespace AutoTrader.Core.Engine;

/// <summary>Everything that one cycle works on: loaded once, changed in memory, committed book by book.</summary>
internal sealed class WorkingSet
{
    private readonly Dictionary<string, StrategyBook> _strategies = new(StringComparer.Ordinal);
    private readonly Dictionary<string, UnmanagedBook> _unmanaged = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Book> _byClientOrderId = new(StringComparer.Ordinal);

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
        _setAside = Unreadable
            .Select(row => row.RowKey.Split('|'))
            .Where(key =>
                key.Length > 1 && key[0] + "|" is TradingKey.StrategyPrefix or TradingKey.OrderPrefix && key[1] != Order.ManualOwner
            )
            .Select(key => key[1])
            .ToHashSet(StringComparer.Ordinal);
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
            var book =
                row.Value.StrategyId == Order.ManualOwner ? UnmanagedOf(row.Value.Terms.Symbol)
                : _strategies.TryGetValue(row.Value.StrategyId, out var strategy) ? strategy
                : (Book)UnmanagedOf(row.Value.Terms.Symbol);
            book.Load(row);
            _byClientOrderId[row.Value.ClientOrderId] = book;
        }

        Commands =
        [
            .. snapshot
                .Commands.Where(row => row.Value.Status == CommandStatus.Pending)
                .OrderBy(row => row.Value.RequestedAt)
                .ThenBy(row => row.Value.Id, StringComparer.Ordinal),
        ];
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

    public IReadOnlyList<Row<CommandEnvelope>> Commands { get; }

    public IReadOnlyList<Row<CommandEnvelope>> HandledCommands { get; }

    public IReadOnlyCollection<StrategyBook> Strategies => _strategies.Values;

    public IReadOnlyCollection<UnmanagedBook> Unmanaged => _unmanaged.Values;

    public IEnumerable<Book> Books => _strategies.Values.Concat<Book>(_unmanaged.Values);

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

    /// <summary>Takes over the account row as another writer left it: kill switch and limits are theirs; day, latch and number are the
    /// engine's own.</summary>
    public void AccountReloaded(Row<AccountState>? row)
    {
        var theirs = row?.Value ?? Account;
        Account = theirs with { Today = Account.Today, LossLatchedOn = Account.LossLatchedOn, AccountNumber = Account.AccountNumber };
        AccountVersion = row?.Version;
        IsAccountDirty = Account != theirs;
    }

    /// <summary>Whether the strategy, or one of its orders, cannot be read: nothing is decided about it.</summary>
    public bool IsSetAside(string strategyId) => _setAside.Contains(strategyId);

    public StrategyBook? Strategy(string id) => _strategies.GetValueOrDefault(id);

    public UnmanagedBook UnmanagedOf(string symbol)
    {
        if (!_unmanaged.TryGetValue(symbol, out var book))
        {
            _unmanaged[symbol] = book = new(symbol, null);
        }

        return book;
    }

    public Book? BookOf(string clientOrderId) => _byClientOrderId.GetValueOrDefault(clientOrderId);

    public void Remove(StrategyBook book) => _strategies.Remove(book.Id);

    public void Add(Book book, Order order)
    {
        book.Set(order);
        _byClientOrderId[order.ClientOrderId] = book;
    }

    /// <summary>All books' doings on <paramref name="day"/>, and the account's fees.</summary>
    public DayTally Tally(DateOnly day) =>
        DayTally.Of(day, Books.Select(book => book.Holding), Books.SelectMany(book => book.Orders), Account.Cash);
}
