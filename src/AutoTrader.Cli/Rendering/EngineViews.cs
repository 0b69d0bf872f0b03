using AutoTrader.Contracts;
using AutoTrader.Core.Engine;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AutoTrader.Cli.Rendering;

/// <summary>The engine for people.</summary>
internal static class EngineViews
{
    private const int LatestCycles = 5;

    public static IRenderable Status(EngineView engine, string url, int width)
    {
        var session = engine.Session;
        var parts = new List<IRenderable>
        {
            Facts.Of(
                ("account", engine.Account),
                ("money", EngineView.IsLive(engine.Account) ? "LIVE" : "PAPER"),
                ("server", url),
                ("now", Cells.Time(engine.Now) + " New York"),
                ("market", engine.MarketOpen ? $"open until {Cells.Time(session.Close)}" : $"closed, opens {Cells.Time(session.Open)}"),
                ("engine", engine.Running ? "running" : "NOT RUNNING: no cycle finished within the last three intervals"),
                (
                    "last cycle",
                    engine.LastCycleAt is { } at
                        ? $"{Cells.Time(at)}, {Cells.Length(engine.Now - at)} ago, by {engine.LastHolder}"
                        : "none yet"
                ),
                ("kill switch", engine.KillSwitch is { } kill ? $"ON since {Cells.Time(kill.Since)} by {kill.By}: {kill.Reason}" : "off"),
                ("strategies", FormattableString.Invariant($"{engine.ActiveStrategies} active of {engine.Strategies}")),
                ("open orders", Cells.Number(engine.OpenOrders)),
                ("pending requests", engine.PendingRequests == 0 ? null : Cells.Number(engine.PendingRequests))
            ),
        };
        if (engine.Attention.Count > 0)
        {
            parts.Add(Facts.Section("Needs attention", Attention(engine.Attention, width)));
        }

        parts.Add(
            Facts.Section(
                "Latest cycles",
                new Listing<CycleRecordView>(width)
                    .Column("started", cycle => Cells.Time(cycle.StartedAt))
                    .Column("cause", cycle => cycle.Cause, 3)
                    .Number("evaluated", cycle => Cells.Number(cycle.Evaluated), 2)
                    .Number("sent", cycle => Cells.Number(cycle.Submitted))
                    .Number("filled", cycle => Cells.Number(cycle.Fills))
                    .Number("ms", cycle => Cells.Number(cycle.DurationMs), 4)
                    .Reason("error", cycle => cycle.Error)
                    .Of([.. engine.Cycles.Take(LatestCycles)], "None yet.")
            )
        );
        return new Rows(parts);
    }

    public static IRenderable Attention(IReadOnlyList<AttentionView> items, int width) =>
        new Listing<AttentionView>(width)
            .Column("code", item => item.Code)
            .Column("about", item => item.Key, 2)
            .Column("since", item => Cells.Time(item.Since), 1)
            .Column("what to do", item => item.Message)
            .Of(items, "Nothing needs attention.");

    public static IRenderable Cycle(CycleView cycle)
    {
        var head = new Text(
            cycle switch
            {
                { DryRun: true } => "A cycle now would decide (nothing was changed):",
                { Outcome: CycleOutcome.Ran, Cycle: { } record } =>
                    $"The cycle ran: {record.Evaluated} evaluated, {record.Submitted} sent, {record.Canceled} canceled, "
                        + $"{record.Fills} filled.",
                _ => $"The cycle: {Cells.Word(cycle.Outcome)}.",
            }
        );
        var lines =
            cycle.DryRun || cycle.Cycle is null
                ? cycle
                    .Decisions.Select(decision => $"{decision.StrategyId} {decision.Symbol} {decision.Kind}: {decision.Description}")
                    .ToList()
                : [.. cycle.Cycle.Events];
        if (cycle.DryRun && lines.Count == 0)
        {
            lines.Add("nothing.");
        }

        return new Rows([head, .. lines.Select(line => new Text("  " + Cells.Clean(line)))]);
    }
}
