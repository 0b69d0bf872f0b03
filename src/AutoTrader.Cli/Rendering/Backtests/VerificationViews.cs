using AutoTrader.Backtesting.Verification;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AutoTrader.Cli.Rendering.Backtests;

/// <summary>The comparison of the past with its backtest, as text.</summary>
internal static class VerificationViews
{
    public static IRenderable Result(VerificationResult it) =>
        new Rows([
            .. it.Remarks.Select(remark => new Text("! " + Cells.Clean(remark))),
            new Text(Cells.Clean(it.Summary)),
            .. it.Differences.Select(Line),
        ]);

    private static Text Line(Difference it) =>
        new(
            Cells.Clean(
                $"{Cells.Time(it.At)}  {it.Subject}  {Cells.Word(it.Cause)}{(it.Follows ? " (follows)" : "")}: {it.What}; {it.Explanation}."
            )
        );
}
