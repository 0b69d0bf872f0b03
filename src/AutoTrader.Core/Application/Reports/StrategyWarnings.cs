using System.Globalization;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Market;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Application.Reports;

/// <summary>Possible problems of a valid strategy.</summary>
/// <param name="Code">For programs, in upper snake case.</param>
/// <param name="Field">The field that it is about.</param>
/// <param name="Message">A sentence.</param>
public sealed record StrategyWarning(string Code, string Field, string Message);

/// <summary>Checks a created or enabled strategy against account, price and schedules.</summary>
public sealed class StrategyWarnings(
    StrategyService strategies,
    ScheduleService schedules,
    ITradingStore store,
    IBroker broker,
    TimeProvider clock
)
{
    /// <summary>It is enabled, and nothing but its entry keeps it from buying.</summary>
    public const string BuysNext = "BUYS_AT_NEXT_CYCLE";

    /// <summary>It would buy more than a limit allows: it waits until one of them changes.</summary>
    public const string AboveLimit = "ABOVE_RISK_LIMIT";

    /// <summary>A schedule that is about it would change nothing.</summary>
    public const string PassedOver = "SCHEDULE_PASSES_OVER";

    /// <summary>Its stop is nearer to the price than a stop can be.</summary>
    public const string StopTooClose = "STOP_TOO_CLOSE";

    /// <summary>Everything to know about <paramref name="strategy"/> now; empty when there is nothing.</summary>
    public async Task<IReadOnlyList<StrategyWarning>> OfAsync(Strategy strategy, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        var account = (await store.ReadAsync<AccountState>(broker.AccountKey, TradingKey.Account, cancellationToken))?.Value ?? new();
        var price = EntryPrice(strategy) ?? await strategies.PriceAsync(strategy.Symbol, cancellationToken);
        var about = await Paging.AllAsync(from =>
            schedules.ListAsync(new(Target: strategy.Id, Enabled: true), 1000, from, cancellationToken)
        );
        var occupant = await strategies.OccupantAsync(strategy, cancellationToken);
        return
        [
            .. Buying(strategy, account, clock.GetUtcNow()),
            .. Limits(strategy, account.Limits, price),
            .. Stops(strategy, price),
            .. about.Select(row => PassesOver(row.Value, strategy, occupant)).OfType<StrategyWarning>(),
        ];
    }

    private static IEnumerable<StrategyWarning> Buying(Strategy strategy, AccountState account, DateTimeOffset now)
    {
        if (!strategy.WantsToEnter || strategy.Phase == StrategyPhase.EntryActive)
        {
            yield break;
        }

        var when =
            account.Barred(TradingCalendar.Nyse.TradingDay(now)) is { } barred ? $"once it may ({barred})"
            : TradingCalendar.Nyse.IsOpen(now) ? "at the next cycle"
            : "at the first cycle after the next open";
        var what = strategy switch
        {
            { StrategyType: StrategyType.Grid } => "places its buys",
            { StrategyType: StrategyType.PullbackTrailing } => "watches for its dip, and buys it,",
            { EntryType: EntryType.Limit } => "places its buy",
            { EntryType: EntryType.Condition } => "buys, if its entry_condition is met,",
            _ => "buys",
        };
        yield return new(BuysNext, "enabled", $"{strategy.Id} is enabled: it {what} {when}. Disable it if it should not buy yet.");
    }

    private static IEnumerable<StrategyWarning> Limits(Strategy strategy, RiskLimits limits, decimal? price)
    {
        var grid = strategy is { StrategyType: StrategyType.Grid, GridConfig: { } ladder } ? ladder : null;
        if (strategy.StrategyType == StrategyType.Grid && grid is null)
        {
            yield break;
        }

        var field = grid is null ? "quantity" : "grid_config.qty_per_level";
        decimal order = grid?.QtyPerLevel ?? strategy.Quantity;
        var whole = grid is null ? order : order * (grid.Levels - 1);
        var highest = grid is null ? price : grid.PriceAt(grid.Levels - 2);
        foreach (
            var (name, value, limit) in new (string, decimal?, decimal)[]
            {
                ("max_position_size", whole, limits.MaxPositionSize),
                ("max_order_value", order * highest, limits.MaxOrderValue),
                ("max_position_value", whole * highest, limits.MaxPositionValue),
            }
        )
        {
            if (value > limit)
            {
                yield return new(
                    AboveLimit,
                    field,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{field} makes {value:0.##}, and {name} is {limit:0.##}: it does not buy the excess until one of them changes."
                    )
                );
            }
        }
    }

    private static IEnumerable<StrategyWarning> Stops(Strategy strategy, decimal? price)
    {
        var field = ExitChange.StopField(strategy.StrategyType);
        var pct = field switch
        {
            "stop_loss_pct" => strategy.StopLossPct,
            "trailing_stop_pct" => strategy.TrailingStopPct,
            _ => null,
        };
        if (price * pct / 100 is { } distance && distance < Protection.OcoGap)
        {
            yield return new(
                StopTooClose,
                field,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"At a price of {price:0.00##} a {field} of {pct:0.####} is {distance:0.######} dollars. The closest valid stop "
                        + $"is {Protection.OcoGap}: the smallest move sells, or the stop is placed without its target. Choose a wider one."
                )
            );
        }
    }

    private static StrategyWarning? PassesOver(Schedule schedule, Strategy strategy, string? occupant)
    {
        var why = (schedule.Task.Action, strategy) switch
        {
            (ScheduleAction.StrategyStart, { Enabled: true, IsTerminal: false }) =>
                "it is already enabled and does not wait for the schedule",
            (ScheduleAction.StrategyStart, _) when occupant is not null => $"{occupant} trades {strategy.Symbol} already",
            (ScheduleAction.StrategyStart, { PauseReason: { } pause }) => $"it stays paused ({pause})",
            (ScheduleAction.StrategyResume, { PauseReason: null }) => "it is not paused",
            (ScheduleAction.StrategyStop, { Enabled: false }) => "it is already disabled",
            _ => null,
        };
        return why is null
            ? null
            : new(
                PassedOver,
                schedule.Task.Action is ScheduleAction.StrategyResume ? "pause_reason" : "enabled",
                $"Schedule {schedule.Id} ({Orders.WireNames.Of(schedule.Task.Action)}) will skip {strategy.Id} in its current state: {why}."
            );
    }

    // A buy that waits for a price is valued at it.
    private static decimal? EntryPrice(Strategy strategy) => strategy.EntryPrice ?? EntryCondition.Parse(strategy.EntryCondition)?.Price;
}
