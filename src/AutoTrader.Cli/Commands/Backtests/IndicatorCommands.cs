using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using AutoTrader.Backtesting.Results;
using AutoTrader.Cli.Client.Backtests;
using AutoTrader.Cli.Rendering;
using AutoTrader.Cli.Rendering.Backtests;
using AutoTrader.Core.Market.Indicators;
using Spectre.Console;

namespace AutoTrader.Cli.Commands.Backtests;

/// <summary>Indicators over past bars, computed locally without a server.</summary>
internal static class IndicatorCommands
{
    private const int DefaultCount = 20;

    public static CliCommand Of(TraderCli cli) =>
        TraderCli.Group(
            "indicator",
            "Indicators: their formulas, and their values over past prices.",
            List(cli),
            Describe(cli),
            Compute(cli)
        );

    private static CliCommand List(TraderCli cli) =>
        cli.Command(
            "list",
            "Lists indicators.",
            session =>
            {
                session.Print(Json(IndicatorView.All), () =>
                    new Listing<IndicatorView>(session.Terminal.Width)
                        .Column("name", it => it.Name)
                        .Column("params", Params)
                        .Column("output", it => it.Output, 1)
                        .Column("what it is", it => it.Description, 2)
                        .Of(IndicatorView.All, "")
                );
                return Task.CompletedTask;
            },
            [],
            "trader indicator list"
        );

    private static CliCommand Describe(TraderCli cli)
    {
        var name = new Argument<string>("name") { Description = "Its name." };
        return cli.Command(
            "describe",
            "Describes an indicator and how it is computed.",
            session =>
            {
                var it = IndicatorView.Find(session.Get(name)!);
                session.Print(Json(it), () =>
                    Facts.Of([
                        ("name", it.Name),
                        ("what it is", it.Description),
                        ("params", Params(it)),
                        ("output", it.Output),
                        ("formula", it.Formula),
                    ])
                );
                return Task.CompletedTask;
            },
            [name],
            "trader indicator describe rsi_wilder"
        );
    }

    private static CliCommand Compute(TraderCli cli)
    {
        var symbol = new Argument<string>("symbol") { Description = "The symbol." };
        var indicators = new Argument<string[]>("indicators")
        {
            Description = "Indicators with their numbers, such as sma:20, macd or bbands:20,2.",
            Arity = ArgumentArity.OneOrMore,
        };
        var start = Day("--start", "The first day of the rows, YYYY-MM-DD; earlier bars warm up.");
        var end = Day("--end", "The last day, YYYY-MM-DD. Default: the last in the file; of alpaca the last session that is over.");
        var timeframe = new Option<string?>("--timeframe")
        {
            Description = $"The bar length: {string.Join(", ", Timeframe.Lengths.Keys)}. Default: that of the file; of alpaca 1Min.",
            HelpName = "length",
        };
        var last = WholeNumber.Of(
            "--last",
            "How many rows, counted from the end.",
            "number",
            DefaultCount,
            least: 1,
            IndicatorTable.MostRows
        );
        var (prices, source) = (BacktestFolders.Prices(), new SourceOptions());
        return cli.Command(
            "compute",
            "Computes indicators over the bars of a symbol. All bars up to the last row are part of the values.",
            async session =>
            {
                var files = BacktestFolders.OfPrices(session.Terminal, session.Get(prices));
                var progress = ReadLine.For(session);
                var table = await IndicatorTable.OfAsync(
                    new(
                        session.Get(symbol)!,
                        session.Get(indicators)!,
                        session.Get(start) is { } first ? BacktestDraft.Day(start.Name, first) : null,
                        session.Get(end) is { } until ? BacktestDraft.Day(end.Name, until) : null,
                        session.Get(timeframe),
                        session.IsGiven(start) && !session.IsGiven(last) ? IndicatorTable.MostRows : session.Get(last)
                    ),
                    session.Get(source.Source)!,
                    (need, length) => source.OpenAsync(session, files, need, length),
                    new(progress, session.Cancellation)
                );
                progress?.End();
                session.Print(Json(table), () => Table(table, session.Terminal.Width));
            },
            [symbol, indicators, start, end, timeframe, last, source.Source, prices],
            "trader indicator compute ACME sma:20 rsi_wilder:14 --timeframe 1Hour --data-dir samples/market",
            "trader indicator compute SPY sma:200 --timeframe 1Day --data-source alpaca"
        );
    }

    private static Rows Table(IndicatorTable it, int width)
    {
        var listing = new Listing<IndicatorRow>(width)
            .Column("bar (UTC)", row => row.Timestamp)
            .Number("close", row => Cells.Money(row.Close));
        foreach (var name in it.Rows.Count == 0 ? [] : it.Rows[0].Values.Keys)
        {
            listing.Number(name, row =>
                row.Values[name] is { } value ? value.ToString("0.####", CultureInfo.InvariantCulture) : Cells.None
            );
        }

        return new Rows([
            .. it.Remarks.Select(remark => new Text("! " + remark)),
            new Text($"{it.Symbol}. {it.WarmUp}"),
            listing.Of(it.Rows, "There are no bars on these days."),
        ]);
    }

    private static string Params(IndicatorView it) =>
        it.Params.Count == 0 ? "none" : string.Join(", ", it.Params.Select(one => FormattableString.Invariant($"{one.Key}={one.Value}")));

    private static JsonNode Json<T>(T value) => JsonNode.Parse(ResultFolder.Write(value))!;

    private static Option<string?> Day(string name, string description) => new(name) { Description = description, HelpName = "date" };
}
