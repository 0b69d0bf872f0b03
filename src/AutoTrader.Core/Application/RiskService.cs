using System.Globalization;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Risk;

namespace AutoTrader.Core.Application;

/// <summary>The limits, and how far the day has used them up.</summary>
public sealed record RiskStatus
{
    /// <summary>The limits.</summary>
    public required RiskLimits Limits { get; init; }

    /// <summary>The kill switch; null when it is off.</summary>
    public KillSwitch? KillSwitch { get; init; }

    /// <summary>The New York date.</summary>
    public required DateOnly Day { get; init; }

    /// <summary>Whether the daily loss limit stopped entries for the rest of the day.</summary>
    public required bool LossLatched { get; init; }

    /// <summary>Realized and unrealized result of the day less fees, in dollars; deposits excluded.</summary>
    public required decimal DailyPnl { get; init; }

    /// <summary>Loss that is left until entries stop, in dollars.</summary>
    public required decimal DailyLossRemaining { get; init; }

    /// <summary>Buy orders with their first fill today, and working ones that have none yet: the count that orders are refused
    /// by.</summary>
    public required int Trades { get; init; }

    /// <summary>Trades that are left today.</summary>
    public required int TradesRemaining { get; init; }

    /// <summary>Whether entries are allowed, as far as the account goes.</summary>
    public required bool CanTrade { get; init; }

    /// <summary>The version of the limits.</summary>
    public required string Tag { get; init; }
}

/// <summary>Operations on the limits for the API, schedules and imports.</summary>
public sealed class RiskService(
    ITradingStore store,
    IBroker broker,
    IMarketData market,
    ChangeLog log,
    TimeProvider clock,
    RecordQueue records
)
{
    private const decimal MaxMoney = 1_000_000_000;
    private const decimal MaxShares = 1_000_000_000;
    private const int MaxTrades = 1_000_000;

    private string Account => broker.AccountKey;

    /// <summary>The limits and their remaining amounts.</summary>
    public async Task<RiskStatus> GetAsync(CancellationToken cancellationToken)
    {
        var snapshot = await store.LoadAsync(Account, cancellationToken);
        return Of(snapshot, await Prices.OfHeldAsync(market, snapshot, [], cancellationToken));
    }

    /// <summary>The same, from data already loaded.</summary>
    internal RiskStatus Of(TradingSnapshot snapshot, IReadOnlyDictionary<string, decimal> prices)
    {
        var account = snapshot.Account?.Value ?? new AccountState();
        var day = TradingCalendar.Nyse.TradingDay(clock.GetUtcNow());
        var holdings = Holdings.Of(snapshot);
        var tally = DayTally.Of(day, holdings.Select(it => it.Holding), snapshot.Orders.Select(row => row.Value), account.Cash);
        var unrealized = holdings.Sum(it => prices.TryGetValue(it.Symbol, out var price) ? it.Holding.Unrealized(price) : 0);
        var loss = account.Today is { } today && today.Day == day ? today.Loss(tally, unrealized) : -(tally.Realized - tally.Fees);
        var latched = account.LossLatchedOn == day;
        return new()
        {
            Limits = account.Limits,
            KillSwitch = account.KillSwitch,
            Day = day,
            LossLatched = latched,
            DailyPnl = -loss,
            DailyLossRemaining = Math.Max(0, account.Limits.MaxDailyLoss - Math.Max(0, loss)),
            Trades = tally.Trades,
            TradesRemaining = Math.Max(0, account.Limits.MaxDailyTrades - tally.Trades),
            CanTrade =
                account.KillSwitch is null
                && !latched
                && loss < account.Limits.MaxDailyLoss
                && tally.Trades < account.Limits.MaxDailyTrades,
            Tag = Tag(account.Limits),
        };
    }

    /// <summary>Changes limits; they hold for every commit from the return on.</summary>
    /// <param name="change">The new limits from the present ones.</param>
    /// <param name="precondition">The versions that the change was made for; null for any.</param>
    /// <param name="caller">Who.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="RefusedException">A limit is out of its bounds, or the version is another.</exception>
    public async Task<RiskStatus> SetAsync(
        Func<RiskLimits, RiskLimits> change,
        Precondition? precondition,
        string caller,
        CancellationToken cancellationToken
    )
    {
        await ChangeAsync(change, precondition, caller, cancellationToken);
        // Outside the turn: quotes may take their time, and the kill switch waits for none.
        return await GetAsync(cancellationToken);
    }

    private async Task ChangeAsync(
        Func<RiskLimits, RiskLimits> change,
        Precondition? precondition,
        string caller,
        CancellationToken cancellationToken
    )
    {
        using var turn = await records.EnterAsync(RecordQueue.Account, cancellationToken);
        while (true)
        {
            var row = await store.ReadAsync<AccountState>(Account, TradingKey.Account, cancellationToken);
            var account = row?.Value ?? new AccountState();
            Precondition.Check(precondition, Tag(account.Limits));
            var next = account with { Limits = change(account.Limits) };
            Require(next.Limits);
            if (next == account)
            {
                return;
            }

            var entry = log.Trading(caller, "set_risk_limits", "risk", Details(account.Limits, next.Limits));
            if (
                await store.CommitAsync(Account, [new(TradingKey.Account, next, row?.Version), entry], cancellationToken)
                is CommitResult.Committed
            )
            {
                return;
            }

            await turn.OvertakenAsync(cancellationToken);
        }
    }

    private static string Tag(RiskLimits limits) =>
        VersionTag.Of(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{limits.MaxPositionSize:0.####} {limits.MaxPositionValue:0.####} {limits.MaxOrderValue:0.####} "
                    + $"{limits.MaxDailyLoss:0.####} {limits.MaxDailyTrades} {limits.AllowMargin}"
            )
        );

    private static Dictionary<string, string?> Details(RiskLimits from, RiskLimits to) =>
        new(StringComparer.Ordinal) { ["from"] = from.ToString(), ["to"] = to.ToString() };

    private static void Require(RiskLimits limits)
    {
        var problems = new[]
        {
            Between("max_position_size", limits.MaxPositionSize, MaxShares),
            Between("max_position_value", limits.MaxPositionValue, MaxMoney),
            Between("max_order_value", limits.MaxOrderValue, MaxMoney),
            // Zero would latch at once, before anything was lost.
            limits.MaxDailyLoss > 0
                ? Between("max_daily_loss", limits.MaxDailyLoss, MaxMoney)
                : new("max_daily_loss", FieldProblem.OutOfRange, "max_daily_loss must be above 0; use the kill switch to stop all buying."),
            Between("max_daily_trades", limits.MaxDailyTrades, MaxTrades),
        }.OfType<FieldProblem>().ToList();
        if (problems.Count > 0)
        {
            throw new RefusedException(Refusal.Invalid, "VALIDATION_ERROR", string.Join(" ", problems.Select(problem => problem.Message)))
            {
                Fields = problems,
            };
        }
    }

    private static FieldProblem? Between(string field, decimal value, decimal most) =>
        value >= 0 && value <= most
            ? null
            : new(field, FieldProblem.OutOfRange, FormattableString.Invariant($"{field} must be 0 to {most:0}."));
}
