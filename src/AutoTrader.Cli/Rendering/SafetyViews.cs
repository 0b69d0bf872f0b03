using AutoTrader.Contracts;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AutoTrader.Cli.Rendering;

/// <summary>Limits and kill switch for people.</summary>
internal static class SafetyViews
{
    public static IRenderable Risk(RiskView it) =>
        Facts.Of(
            ("may buy", Cells.Flag(it.Status.CanTrade)),
            (
                "kill switch",
                it.Status.KillSwitchDetails is { } kill ? $"ON since {Cells.Time(kill.Since)} by {kill.By}: {kill.Reason}" : "off"
            ),
            ("day", Cells.Day(it.Status.Day)),
            (
                "profit or loss",
                $"{Cells.Change(it.Status.DailyPnl)}; {Cells.Money(it.Status.DailyPnlRemaining)} are left of the limit of "
                    + $"{Cells.Money(it.Limits.MaxDailyLoss)}"
                    + (it.Status.LossLatched ? " (reached: no buying until the next session)" : "")
            ),
            ("buys", FormattableString.Invariant($"{it.Status.TradeCount} of {it.Status.TradeLimit}")),
            ("most per symbol", $"{Cells.Number(it.Limits.MaxPositionSize)} shares, {Cells.Money(it.Limits.MaxPositionValue)}"),
            ("most per order", Cells.Money(it.Limits.MaxOrderValue)),
            ("margin", it.Limits.AllowMargin ? "allowed" : "not allowed")
        );

    public static IRenderable KillSwitch(KillSwitchView it)
    {
        var lines = new List<IRenderable>
        {
            new Text(
                Cells.Clean(
                    it.On
                        ? $"The kill switch is ON since {Cells.Time(it.Since)} by {it.By}: {it.Reason}. Nothing is bought until: "
                            + "trader start"
                        : "The kill switch is off."
                )
            ),
        };
        if (it.Due.Count > 0)
        {
            lines.Add(
                new Text(
                    it.On ? $"Waiting for it: {string.Join(", ", it.Due)}." : $"May buy from the next cycle: {string.Join(", ", it.Due)}."
                )
            );
        }

        if (it.Flatten is { } flatten)
        {
            lines.Add(new Text($"Flatten: {Cells.Word(flatten.Status)}. {Cells.Clean(flatten.Outcome)}"));
        }

        return new Rows(lines);
    }
}
