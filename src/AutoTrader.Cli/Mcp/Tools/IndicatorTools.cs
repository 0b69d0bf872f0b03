using System.ComponentModel;
using AutoTrader.Cli.Client.Backtests;

namespace AutoTrader.Cli.Mcp.Tools;

/// <summary>Indicators over past bars, computed on this machine: no server is asked.</summary>
internal static class IndicatorTools
{
    public static IEnumerable<TraderTool> Of(ToolHost host) =>
        [
            TraderTool.Of<NoArguments, IReadOnlyList<IndicatorView>>(
                host,
                "list_indicators",
                Access.Read,
                Hints.Looks,
                "Indicators, with their parameters, outputs and formulas.",
                (_, _) => Task.FromResult(IndicatorView.All)
            ),
            TraderTool.Of<OneArguments, IndicatorView>(host, "describe_indicator", Access.Read, Hints.Looks, "One indicator.", (_, it) =>
                Task.FromResult(IndicatorView.Find(it.Name))
            ),
            TraderTool.Of<ComputeArguments, IndicatorTable>(
                host,
                "compute_indicators",
                Access.Read,
                Hints.Looks,
                "Computes indicators over past bars of a symbol; a value is known at the end of its bar.",
                (call, it) =>
                    it.Last is < 1 or > IndicatorTable.MostRows
                        ? throw new ToolException(
                            ToolException.Validation,
                            FormattableString.Invariant($"last is 1 to {IndicatorTable.MostRows}.")
                        )
                        : IndicatorTable.OfAsync(
                            new(
                                it.Symbol,
                                it.Indicators,
                                it.Start is { } start ? BacktestDraft.Day("start", start) : null,
                                it.End is { } end ? BacktestDraft.Day("end", end) : null,
                                it.Timeframe,
                                it.Last
                            ),
                            it.DataSource,
                            (need, length) => call.PricesAsync(it.DataSource, length, need)
                        )
            ),
        ];

    private sealed record OneArguments([Description("Its name.")] string Name);

    private sealed record ComputeArguments(
        [Description(Texts.Symbol)] string Symbol,
        [Description("Indicators with their numbers, such as sma:20, macd or bbands:20,2.")] IReadOnlyList<string> Indicators,
        [Description("The first day of the rows, YYYY-MM-DD; earlier bars warm up.")] string? Start = null,
        [Description("The last day, YYYY-MM-DD; the last in the file, or session that is over, unless given.")] string? End = null,
        [Description("The length of bars: 1Min, 5Min, 15Min, 1Hour or 1Day; that of the file unless given, 1Min of alpaca.")]
            string? Timeframe = null,
        [Description("How many rows, from the end.")] int Last = 20,
        [Description(Texts.Source)] string DataSource = PriceSource.Csv
    );
}
