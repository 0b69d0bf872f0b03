using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using AutoTrader.Backtesting.History;
using AutoTrader.Backtesting.Results;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Client.Backtests;
using AutoTrader.Cli.Rendering;
using AutoTrader.Cli.Rendering.Backtests;

namespace AutoTrader.Cli.Commands.Backtests;

/// <summary>Past prices, fetched from Alpaca and kept on this machine: no server is asked.</summary>
internal static class DataCommands
{
    public static CliCommand Of(TraderCli cli) =>
        TraderCli.Group("data", "Past prices of Alpaca, kept on this machine for backtests.", Fetch(cli));

    private static CliCommand Fetch(TraderCli cli)
    {
        var symbols = new Argument<string[]>("symbols") { Description = "The symbols.", Arity = ArgumentArity.OneOrMore };
        var start = Day("--start", "The first day, YYYY-MM-DD.");
        var end = Day("--end", "The last day, YYYY-MM-DD.");
        var timeframe = SourceOptions.Length();
        var refresh = new Option<bool>("--refresh")
        {
            Description = "Ask for everything anew, also for days that are known and do not change any more.",
        };
        return cli.Command(
            "fetch",
            "Fetches the bars that are not kept yet, and anew those of the last days, which may still be corrected. With the key and the "
                + "feed (ALPACA_DATA_FEED) of the app. Ctrl+C keeps whole months.",
            async session =>
            {
                var progress = FetchLine.For(session);
                var results = new List<FetchResult>();
                foreach (var symbol in session.Get(symbols)!.Select(SymbolOf).Distinct(StringComparer.Ordinal).ToList())
                {
                    var result = await session.Prices.FetchAsync(
                        new(
                            symbol,
                            session.Get(timeframe) ?? PriceSource.Timeframe,
                            BacktestDraft.Day(start.Name, session.Get(start)),
                            BacktestDraft.Day(end.Name, session.Get(end)),
                            session.Get(refresh)
                        ),
                        progress,
                        session.Cancellation
                    );
                    progress?.End();
                    results.Add(result);
                    foreach (var note in result.Notes)
                    {
                        session.Note(note);
                    }

                    if (result.Canceled)
                    {
                        session.Note("Stopped. Whole months are kept: the same command goes on from there.");
                        break;
                    }
                }

                session.Print(new JsonArray([.. results.Select(result => JsonNode.Parse(ResultFolder.Write(result)))]), () =>
                    new Listing<FetchResult>(session.Terminal.Width)
                        .Column("symbol", it => it.Symbol)
                        .Column("bars of", it => it.Timeframe)
                        .Column("feed", it => it.Feed)
                        .Number("sessions", it => Cells.Number(it.Sessions))
                        .Number("fetched now", it => Cells.Number(it.SessionsFetched))
                        .Number("bars", it => Cells.Number(it.Bars))
                        .Number("without a bar", it => Cells.Number(it.Gaps.Count))
                        .Column("splits", Splits)
                        .Of(results, "")
                );
            },
            [symbols, start, end, timeframe, refresh],
            "trader data fetch AAPL --start 2024-01-02 --end 2024-12-31",
            "trader data fetch AAPL MSFT --start 2020-01-02 --end 2024-12-31 --timeframe 1Day"
        );
    }

    private static string SymbolOf(string typed) =>
        Core.Market.Symbol.Normalize(typed) is var symbol && Core.Market.Symbol.IsValid(symbol)
            ? symbol
            : throw new CommandException(ExitCode.Usage, $"'{typed}' is not a symbol.");

    private static string Splits(FetchResult it) =>
        it.Splits.Count == 0
            ? Cells.None
            : string.Join(
                ", ",
                it.Splits.Select(split =>
                    string.Create(CultureInfo.InvariantCulture, $"{split.Numerator}:{split.Denominator} on {split.ExDate:yyyy-MM-dd}")
                )
            );

    private static Option<string> Day(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "date",
            Required = true,
        };
}
