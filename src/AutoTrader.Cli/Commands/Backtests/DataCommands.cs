using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using AutoTrader.Backtesting.History;
using AutoTrader.Backtesting.Results;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Client.Backtests;
using AutoTrader.Cli.Rendering;
using AutoTrader.Cli.Rendering.Backtests;
using AutoTrader.Core.Market.Indicators;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AutoTrader.Cli.Commands.Backtests;

/// <summary>Past prices, fetched from Alpaca and kept on this machine: no server is asked.</summary>
internal static class DataCommands
{
    public static CliCommand Of(TraderCli cli) =>
        TraderCli.Group("data", "Past prices of Alpaca, kept on this machine for backtests.", Fetch(cli), List(cli), Delete(cli));

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

    private static CliCommand List(TraderCli cli) =>
        cli.Command(
            "list",
            "Lists the bars that are kept: from when to when, their gaps, their size, and when they were fetched.",
            async session =>
            {
                var kept = await KeptAsync(session, [null], timeframe: null, feed: null);
                foreach (var damaged in kept.SelectMany(it => it.Bars.Damaged))
                {
                    session.Note(damaged);
                }

                session.Print(Json(kept), () => Table(kept, session.Terminal.Width));
            },
            [],
            "trader data list"
        );

    private static CliCommand Delete(TraderCli cli)
    {
        var symbols = new Argument<string[]>("symbols") { Description = "The symbols.", Arity = ArgumentArity.OneOrMore };
        var timeframe = new Option<string?>("--timeframe") { Description = "Only bars of this length. Default: all.", HelpName = "length" };
        timeframe.AcceptOnlyFromAmong([.. Timeframe.Lengths.Keys]);
        var feed = new Option<string?>("--feed") { Description = "Only those of this feed. Default: all.", HelpName = "feed" };
        return cli.Command(
            "delete",
            "Deletes kept bars; a backtest on Alpaca's prices fetches them anew.",
            async session =>
            {
                List<string> named = [.. session.Get(symbols)!.Select(SymbolOf).Distinct(StringComparer.Ordinal)];
                var kept = await KeptAsync(session, named, session.Get(timeframe), session.Get(feed));
                if (named.Find(symbol => !kept.Exists(it => it.Bars.Symbol == symbol)) is { } missing)
                {
                    throw new CommandException(ExitCode.NotFound, $"No such bars of {missing} are kept. See: trader data list")
                    {
                        ProblemCode = CommandException.DataNotFound,
                    };
                }

                session.Confirm(
                    $"Delete {string.Join(", ", kept.Select(it => $"{it.Bars.Timeframe} bars of {it.Bars.Symbol} ({it.Bars.Feed})"))}?"
                );
                foreach (var (cache, bars) in kept)
                {
                    cache.Delete(bars.Symbol, bars.Timeframe);
                }

                session.Print(Json(kept), () => new Text($"Deleted: {Size(kept.Sum(it => it.Bars.Bytes))}."));
            },
            [symbols, timeframe, feed, cli.Yes],
            "trader data delete AAPL --timeframe 1Min --yes"
        );
    }

    private static async Task<List<(BarCache Cache, KeptBars Bars)>> KeptAsync(
        Session session,
        IReadOnlyList<string?> symbols,
        string? timeframe,
        string? feed
    )
    {
        var (progress, all) = (ReadLine.For(session), new List<(BarCache, KeptBars)>());
        foreach (var cache in BarCache.All(session.Prices.Bars).Where(it => feed is null || it.Feed == feed))
        {
            foreach (var symbol in symbols)
            {
                var kept = await cache.ListAsync(symbol, timeframe, new(progress, session.Cancellation));
                all.AddRange(kept.Select(bars => (cache, bars)));
            }
        }

        progress?.End();
        return all;
    }

    private static JsonNode Json(IEnumerable<(BarCache Cache, KeptBars Bars)> kept) =>
        JsonNode.Parse(ResultFolder.Write(kept.Select(it => it.Bars)))!;

    private static IRenderable Table(IReadOnlyList<(BarCache Cache, KeptBars Bars)> kept, int width) =>
        new Listing<KeptBars>(width)
            .Column("symbol", it => it.Symbol)
            .Column("bars of", it => it.Timeframe)
            .Column("feed", it => it.Feed, 2)
            .Column("from", it => it.From is { } day ? Cells.Day(day) : Cells.None)
            .Column("to", it => it.To is { } day ? Cells.Day(day) : Cells.None)
            .Number("bars", it => Cells.Number(it.Bars), 1)
            .Number("sessions without a bar", it => Cells.Number(it.WithoutBar.Count), 1)
            .Number("never asked for", it => Cells.Number(it.NeverAsked.Count), 1)
            .Number("size", it => Size(it.Bytes), 2)
            .Column("fetched (UTC)", it => Cells.Time(it.FetchedAt, TimeZoneInfo.Utc), 3)
            .Of([.. kept.Select(it => it.Bars)], "No bars are kept. Fetch some: trader data fetch --help");

    private static string Size(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:#,##0.0} KiB");

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
