using AutoTrader.Cli.Client;
using AutoTrader.Contracts;
using AutoTrader.Core.Orders;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AutoTrader.Cli.Rendering;

/// <summary>What happened, for people.</summary>
internal static class EventViews
{
    public static IRenderable Lines(IReadOnlyList<EventView> events, TimeZoneInfo zone) =>
        events.Count == 0 ? new Text("Nothing happened.") : new Rows(events.Select(it => new Text(Line(it, zone))));

    public static string Line(EventView it, TimeZoneInfo zone)
    {
        var by = it.By is { } who ? $" (by {who})" : "";
        var late = it.LatenessSeconds is { } seconds ? $" ({Cells.Length(TimeSpan.FromSeconds((double)seconds))} late)" : "";
        return Cells.Clean($"{Cells.Time(it.At, zone)}  {it.Message}{late}{by}");
    }

    public static IRenderable Why(StrategyResource strategy, IReadOnlyList<Reason> reasons) =>
        new Rows(
            new Text(
                $"{strategy.Id}: {Cells.Word(strategy.StrategyType)} on {strategy.Symbol}, {Cells.Word(strategy.Phase)}",
                new Style(decoration: Decoration.Bold)
            ),
            Facts.Of(reasons.Select(reason => (reason.About, (string?)reason.Text)))
        );

    public static IRenderable Today(EngineView engine, Today today, Agenda agenda, TimeZoneInfo zone, int width)
    {
        var parts = new List<IRenderable>
        {
            Facts.Of(
                ("account", $"{engine.Account} ({(EngineView.IsLive(engine.Account) ? "LIVE" : "PAPER")})"),
                ("kill switch", engine.KillSwitch is null ? "off" : "ON: " + engine.KillSwitch.Reason),
                (
                    "market",
                    engine.MarketOpen
                        ? $"open until {Cells.Time(engine.Session.Close, zone)}"
                        : $"closed, opens {Cells.Time(engine.Session.Open, zone)}"
                ),
                ("equity", Cells.Money(today.Portfolio.TotalEquity)),
                (
                    "today",
                    $"{Cells.Change(today.Portfolio.DayChange)} ({Cells.Percent(today.Portfolio.DayChangePct)}), realized "
                        + $"{Cells.Change(today.Portfolio.RealizedPnlToday)}"
                )
            ),
            Facts.Section(
                "Traded today",
                new Listing<FillView>(width)
                    .Column("at", it => Cells.Time(it.Timestamp, zone))
                    .Column("strategy", it => it.RuleId)
                    .Column("side", it => Cells.Word(it.Side))
                    .Number("qty", it => Cells.Number(it.Quantity))
                    .Column("symbol", it => it.Symbol)
                    .Number("price", it => Cells.Price(it.Price))
                    .Number("realized", it => Cells.Change(it.RealizedPnl), 1)
                    .Of(today.Fills, "Nothing.")
            ),
            Facts.Section(
                "Held",
                new Listing<HoldingView>(width)
                    .Column("owner", it => it.StrategyId == Order.ManualOwner ? "unmanaged" : it.StrategyId)
                    .Column("symbol", it => it.Symbol)
                    .Number("held", it => Cells.Number(it.Quantity))
                    .Number("covered", it => it.CoveredQuantity >= it.Quantity ? "all" : Cells.Number(it.CoveredQuantity))
                    .Number("stop", it => Cells.Price(it.Stop))
                    .Number("price", it => Cells.Price(it.Price), 1)
                    .Number("to the stop", it => it.DistancePct is { } distance ? Cells.Percent(-distance) : Cells.None, 2)
                    .Of(today.Held, "Nothing.")
            ),
            Facts.Section(
                "Next",
                agenda.Items.Count == 0
                    ? new Text("Nothing in the next day.")
                    : new Rows(agenda.Items.Select(item => new Text($"{Cells.Time(item.At, zone)}  {Cells.Clean(AgendaViews.Line(item))}")))
            ),
        };
        if (engine.Attention.Count > 0)
        {
            parts.Insert(1, Facts.Section("Needs attention", EngineViews.Attention(engine.Attention, width)));
        }

        parts.Add(new Text($"Times are those of {zone.Id}."));
        return new Rows(parts);
    }
}
