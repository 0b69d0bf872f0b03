using AutoTrader.Cli.Rendering;
using AutoTrader.Contracts;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Cli.Client;

/// <summary>A reason for what a strategy did or did not do.</summary>
internal sealed record Reason(string About, string Text);

/// <summary>Everything that is known about why.</summary>
internal sealed record Evidence(
    StrategyResource Strategy,
    EngineView Engine,
    RiskView Risk,
    IReadOnlyList<OrderView> Orders,
    IReadOnlyList<ScheduleResource> Schedules,
    QuoteView? Quote,
    IReadOnlyList<EventView> Events,
    IReadOnlyList<CycleDecisionView>? Next
);

/// <summary>Explains why a strategy did or did not trade: from its latest actions to the obstacles to further ones.</summary>
internal static class Reasons
{
    private const int LatestEvents = 5;

    public static IReadOnlyList<Reason> Of(Evidence it) =>
        [
            .. LastCycle(it),
            .. Itself(it.Strategy),
            .. Risk(it),
            .. it
                .Schedules.Where(schedule => schedule.Enabled && schedule.NextRun is not null)
                .Select(schedule => new Reason(
                    "schedule",
                    $"{schedule.Id} does {Cells.Word(schedule.TaskType)} at {Cells.Time(schedule.NextRun)} New York."
                )),
            new(
                "market",
                it.Engine.MarketOpen
                    ? $"The market is open until {Cells.Time(it.Engine.Session.Close)} New York."
                    : $"The market is closed; it opens {Cells.Time(it.Engine.Session.Open)} New York. No entries until then."
            ),
            new(
                "data",
                it.Quote is { } quote
                    ? $"{quote.Symbol} is quoted {Cells.Price(quote.Bid)} to {Cells.Price(quote.Ask)}, "
                        + $"{Cells.Length(it.Engine.Now - quote.At)} ago."
                    : $"There is no valid quote for {it.Strategy.Symbol}, so nothing is decided."
            ),
            .. it.Orders.Select(order => new Reason("order", $"{Cells.Word(order.Role)}: {OrderViews.Line(order)}.")),
            .. it
                .Engine.Attention.Where(item =>
                    item.Key.Contains(it.Strategy.Id, StringComparison.Ordinal) || item.Key == it.Strategy.Symbol
                )
                .Select(item => new Reason("attention", $"{item.Code}: {item.Message}")),
            .. Next(it),
        ];

    private static IEnumerable<Reason> LastCycle(Evidence it)
    {
        if (it.Engine.Cycles is not [{ } last, ..])
        {
            yield return new("last cycle", "No cycle has run yet.");
            yield break;
        }

        var did = last.Events.Where(line => line.StartsWith(it.Strategy.Id + " ", StringComparison.Ordinal)).ToList();
        yield return new(
            "last cycle",
            $"{Cells.Time(last.StartedAt)} New York: "
                + $"{(last.Error ?? (did.Count == 0 ? "it did nothing with this strategy." : string.Join("; ", did)))}"
        );
        if (!it.Engine.Running)
        {
            yield return new("engine", "No cycle finished within the last three intervals, so nothing is decided. See: trader status");
        }

        foreach (var past in it.Events.TakeLast(LatestEvents).Where(past => past.At < last.StartedAt))
        {
            yield return new("before", $"{Cells.Time(past.At)}: {past.Message}");
        }
    }

    private static IEnumerable<Reason> Itself(StrategyResource it)
    {
        if (it.WaitingFor is { } waiting)
        {
            yield return new("waiting for", waiting);
        }

        if (it.Paused)
        {
            yield return new("paused", $"{it.PauseReason} Resume it with: trader strategy resume {it.Id}");
        }

        if (!it.Enabled)
        {
            yield return new(
                "disabled",
                it.ScheduleEnabled
                    ? "It is disabled until its schedule starts it."
                    : $"It is disabled and enters nothing. Enable it with: trader strategy enable {it.Id}"
            );
        }

        if (it.Phase is StrategyPhase.Completed or StrategyPhase.Failed)
        {
            yield return new(
                "phase",
                $"It {Cells.Word(it.Phase)}{(it.Notes is { } notes && it.Phase == StrategyPhase.Failed ? ": " + notes : "")}. Rearm "
                    + $"it with: trader strategy enable {it.Id}"
            );
        }

        if (it.HeldQuantity > 0)
        {
            yield return new(
                "position",
                $"It holds {Cells.Number(it.HeldQuantity)}{(it.EffectiveStop is { } stop ? $" and sells at {Cells.Price(stop)}" : "")}."
            );
        }
    }

    private static IEnumerable<Reason> Risk(Evidence it)
    {
        var status = it.Risk.Status;
        if (status.KillSwitchDetails is { } kill)
        {
            yield return new(
                "risk",
                $"The kill switch has been on since {Cells.Time(kill.Since)} by {kill.By}: {kill.Reason}. Nothing is bought "
                    + "until: trader start"
            );
        }
        else if (status.LossLatched)
        {
            yield return new(
                "risk",
                $"The day's loss limit of {Cells.Money(status.DailyPnlLimit)} was reached: nothing is bought until the next session."
            );
        }
        else if (status.TradesRemaining <= 0)
        {
            yield return new("risk", FormattableString.Invariant($"All {status.TradeLimit} buys of the day are used up."));
        }
        else
        {
            yield return new(
                "risk",
                FormattableString.Invariant(
                    $"Entries are allowed: {status.TradesRemaining} buys and {Cells.Money(status.DailyPnlRemaining)} of loss left today."
                )
            );
        }
    }

    private static IEnumerable<Reason> Next(Evidence it) =>
        it.Next switch
        {
            null => [],
            [] => [new("a cycle now", "would do nothing with it.")],
            _ => it.Next.Select(decision => new Reason("a cycle now", $"{decision.Kind}: {decision.Description}")),
        };
}
