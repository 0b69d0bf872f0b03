using AutoTrader.Backtesting.Stored;
using AutoTrader.Contracts;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Backtesting.Verification;

/// <summary>How strategies and cash stood before the first day, as far as what happened since tells it.</summary>
internal sealed class OpeningState
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly StoredTrading _stored;
    private readonly LiveHistory _history;
    private readonly DateOnly _from;
    private readonly List<FillView> _since;

    /// <summary>The start of a period.</summary>
    /// <param name="stored">How things stand now.</param>
    /// <param name="history">What happened since.</param>
    /// <param name="from">The first day (New York).</param>
    public OpeningState(StoredTrading stored, LiveHistory history, DateOnly from)
    {
        (_stored, _history, _from) = (stored, history, from);
        First = TradingCalendar.Nyse.SessionOf(from, TimeOnly.MinValue, TimeOnly.MinValue).Open;
        _since = [.. history.Fills.Where(fill => fill.Timestamp >= First)];
    }

    /// <summary>The midnight with which the first day begins (UTC).</summary>
    public DateTimeOffset First { get; }

    /// <summary>Cash before the first day, in dollars: what there is now, with what fills and cash activities since moved taken
    /// back.</summary>
    public decimal Cash =>
        Math.Max(
            0,
            _stored.Cash
                + _since.Where(MovedCash).Sum(fill => (fill.Side == OrderSide.Buy ? fill.Total : -fill.Total) + fill.Fee)
                - _history.CashActivities.Where(it => it.Day >= _from).Sum(it => it.Amount)
        );

    /// <summary>The strategies as they stood, and schedules that begin those which did not exist yet.</summary>
    public (List<Strategy> Strategies, List<Schedule> Begins, List<string> Remarks) Of(IEnumerable<Strategy> definitions)
    {
        var states = _stored.Strategies.ToDictionary(state => state.Id, StringComparer.Ordinal);
        var (strategies, begins, remarks) = (new List<Strategy>(), new List<Schedule>(), new List<string>());
        foreach (var definition in definitions.Where(it => states.ContainsKey(it.Id)))
        {
            var state = states[definition.Id];
            if (_since.Find(fill => fill.RuleId == definition.Id && fill.Kind == FillKind.Split) is { } split)
            {
                remarks.Add(
                    FormattableString.Invariant(
                        $"{definition.Id} is left out: {definition.Symbol} was split on {split.TradingDay:yyyy-MM-dd} while it held some. "
                    ) + "Begin on a later day."
                );
                continue;
            }

            var held = state.HeldQuantity - Bought(definition.Id);
            if (held >= 1)
            {
                remarks.Add(
                    FormattableString.Invariant(
                        $"{definition.Id} is left out: it held {held:0.####} {definition.Symbol} before the first day. "
                    ) + "Begin on the day on which it bought them."
                );
                continue;
            }

            var isNew = state.CreatedAt >= First;
            strategies.Add(
                definition.Resume() with
                {
                    Enabled = !isNew && WasEnabled(state),
                    PullbackReferencePrice = null,
                    Phase = HadEnded(state) ? state.Phase : StrategyPhase.Pending,
                    CompletedAt = HadEnded(state) ? state.CompletedAt : null,
                }
            );
            if (isNew && WasEnabled(state))
            {
                begins.Add(
                    new()
                    {
                        Id = "verify-" + definition.Id,
                        Task = new(ScheduleAction.StrategyStart) { Target = definition.Id },
                        // The first cycle that knows it is that of the next minute.
                        Spec = new() { At = state.CreatedAt.AddTicks(-(state.CreatedAt.Ticks % Minute.Ticks)) + Minute },
                    }
                );
            }
        }

        return (strategies, begins, remarks);
    }

    /// <summary>A schedule as it stood: on if it ran since, not before it was made, and with all its runs before it.</summary>
    public Schedule Of(Schedule schedule)
    {
        var made = _history.Changes.FirstOrDefault(it =>
            it.Subject == schedule.Id && it.At >= First && it.Message.StartsWith("create_schedule", StringComparison.Ordinal)
        );
        return schedule with
        {
            Enabled = schedule.Enabled || _history.Runs.Any(run => run.ScheduleId == schedule.Id && run.Planned >= First),
            RunCount = 0,
            Spec = made is not null && !(schedule.Spec.StartAt > made.At) ? schedule.Spec with { StartAt = made.At } : schedule.Spec,
        };
    }

    // Neither a split nor its fraction, for which a cash activity pays.
    private static bool MovedCash(FillView fill) => fill.Kind == FillKind.Trade || (fill.Kind == FillKind.Correction && fill.Quantity < 0);

    private decimal Bought(string strategy) =>
        _since.Where(fill => fill.RuleId == strategy).Sum(fill => fill.Side == OrderSide.Buy ? fill.Quantity : -fill.Quantity);

    // It ended before the first day, and did nothing since.
    private bool HadEnded(StrategyResource state) =>
        state.Phase is StrategyPhase.Completed or StrategyPhase.Failed
        && !_history.Orders.Any(order => order.StrategyId == state.Id && order.CreatedAt >= First);

    // What is disabled now and was never enabled or scheduled in the log was disabled before, too; a schedule begins it.
    private bool WasEnabled(StrategyResource state)
    {
        var first = _history.Changes.FirstOrDefault(it => it.At >= First && it.Subject == state.Id && Switches(it.Message) is not null);
        return first is null ? state.Enabled : Switches(first.Message) == false;
    }

    // What the first change turned it to, it was not before.
    private static bool? Switches(string message) =>
        message.StartsWith("enable_strategy", StringComparison.Ordinal) ? true
        : message.StartsWith("disable_strategy", StringComparison.Ordinal) || message.StartsWith("close_strategy", StringComparison.Ordinal)
            ? false
        : null;
}
