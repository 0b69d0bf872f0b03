using System.Globalization;
using System.Text.Json.Nodes;
using AutoTrader.Backtesting.Results;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Client.Backtests;
using AutoTrader.Cli.Rendering;
using AutoTrader.Cli.Rendering.Backtests;
using AutoTrader.Contracts;
using AutoTrader.Core.Application;
using Spectre.Console;

namespace AutoTrader.Cli.Commands.Backtests;

/// <summary>Kept backtests on the page of the app: figures and curve are sent, the file stays here.</summary>
internal static class BacktestPublishing
{
    private const int Decimals = 4;

    public static CliCommand Publish(TraderCli cli)
    {
        var (id, folder) = (BacktestCommands.Id(), BacktestFolders.OfResults());
        return cli.Command(
            "publish",
            "Sends figures and equity curve of a kept backtest to the app, so that its page shows them. It trades nothing.",
            async session =>
            {
                session.FindsOut = "trader backtest published";
                await session.ActAsync();
                var kept = BacktestCommands.Find(BacktestFolders.Kept(session.Terminal, session.Get(folder)), session.Get(id)!);
                var sent = await session.WaitAsync(session.Api.PublishBacktestAsync(RequestOf(kept), session.Cancellation));
                session.Print(() => new Text($"The backtest {sent.Id} is on the page."));
            },
            [id, folder],
            "trader backtest publish 1a2b3c4d"
        );
    }

    public static CliCommand Published(TraderCli cli) =>
        cli.Command(
            "published",
            "Lists the backtests that the page shows, newest first.",
            async session =>
            {
                var all = await session.AllAsync((limit, cursor) => session.Api.ListBacktestsAsync(limit, cursor, session.Cancellation));
                List<BacktestSummaryView> sorted = [.. all.OrderByDescending(it => it.CreatedAt)];
                session.Print(Session.AsJson(new ListView<BacktestSummaryView>(sorted, sorted.Count, null)), () =>
                    BacktestViews.Published(sorted, session.Terminal.Width)
                );
            },
            [],
            "trader backtest published"
        );

    public static CliCommand Unpublish(TraderCli cli)
    {
        var id = BacktestCommands.Id();
        return cli.Command(
            "unpublish",
            "Takes a backtest off the page. The kept file stays.",
            async session =>
            {
                var name = session.Get(id)!;
                await session.ActAsync();
                session.Confirm($"Take the backtest {name} off the page?");
                await session.WaitAsync(session.Api.DeleteBacktestAsync(name, session.Cancellation));
                session.Print(new JsonObject { ["status"] = "unpublished", ["backtest_id"] = name }, () =>
                    new Text($"The backtest {name} is off the page.")
                );
            },
            [id, cli.Yes],
            "trader backtest unpublish 1a2b3c4d --yes"
        );
    }

    // All values come from the file; a value outside the app's limits is omitted, and never changes another figure.
    private static BacktestRequest RequestOf(BacktestResult it) =>
        new()
        {
            Id = it.Id,
            StrategyType = it.StrategyType,
            Symbol = it.Symbol,
            StartDate = DateOnly.ParseExact(it.StartDate, "yyyy-MM-dd", CultureInfo.InvariantCulture),
            EndDate = DateOnly.ParseExact(it.EndDate, "yyyy-MM-dd", CultureInfo.InvariantCulture),
            CreatedAt = InstantOf(it.CreatedAt),
            InitialCapital = it.InitialCapital,
            TotalReturn = Rounded(it.TotalReturn),
            TotalReturnPct = Rounded(it.TotalReturnPct),
            BuyAndHoldPct = Rounded(it.BuyAndHold?.ReturnPct),
            TotalTrades = it.TotalTrades,
            WinRate = Rounded(it.WinRate),
            ProfitFactor = Rounded(it.ProfitFactor),
            MaxDrawdownPct = Rounded(it.MaxDrawdownPct),
            SharpeRatio = Rounded(it.SharpeRatio),
            Fees = Rounded(it.Fees),
            EquityCurve = CurveOf(it),
            Warnings = Lines([
                .. it.Warnings,
                .. it.DataReport,
                .. it.Canceled ? ["It was stopped before its last day."] : Array.Empty<string>(),
            ]),
            Command = it.Command is { Length: > 0 and <= BacktestService.MaxCommand } command ? command : null,
        };

    // Every so many sessions, and the last one always.
    private static List<BacktestPointView> CurveOf(BacktestResult it)
    {
        var points = it.EquityCurve.Where(point => point.Count >= 2).ToList();
        var step = Math.Max(1, (int)Math.Ceiling(points.Count / (double)BacktestService.MostPoints));
        return
        [
            .. points
                .Where((_, index) => (points.Count - 1 - index) % step == 0)
                .Select(point => new BacktestPointView(InstantOf(point[0]), decimal.Parse(point[1], CultureInfo.InvariantCulture))),
        ];
    }

    private static string? Lines(IReadOnlyList<string> remarks)
    {
        var text = Cells.CleanLines(string.Join('\n', remarks));
        return text.Length == 0 ? null
            : text.Length > BacktestService.MaxWarnings ? text[..BacktestService.MaxWarnings]
            : text;
    }

    private static DateTimeOffset InstantOf(string text) =>
        DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static decimal Rounded(decimal value) => Math.Round(value, Decimals);

    private static decimal? Rounded(decimal? value) => value is { } number ? Rounded(number) : null;

    // NaN and infinity are omitted.
    private static decimal? Rounded(double? value) =>
        value is { } number && Math.Abs(number) < (double)decimal.MaxValue / 10 ? Rounded((decimal)number) : null;
}
