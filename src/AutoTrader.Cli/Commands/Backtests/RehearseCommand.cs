using System.CommandLine;
using System.Text.Json.Nodes;
using AutoTrader.Backtesting.Rehearsals;
using AutoTrader.Backtesting.Results;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Client.Backtests;
using AutoTrader.Cli.Rendering.Backtests;

namespace AutoTrader.Cli.Commands.Backtests;

/// <summary>The stored strategies and schedules on a recorded day.</summary>
internal static class RehearseCommand
{
    public static CliCommand Of(TraderCli cli)
    {
        var day = new Option<string>("--day")
        {
            Description = "The recorded day, YYYY-MM-DD.",
            HelpName = "date",
            Required = true,
        };
        var (prices, source) = (BacktestFolders.Prices(), new SourceOptions());
        var present = new Option<bool>("--at-present-prices")
        {
            Description = "Multiply the day's prices so that it begins at the present price of each symbol.",
        };
        var capital = new Option<decimal?>("--initial-capital")
        {
            Description = "The cash to begin with, in dollars. Default: the server's.",
        };
        var fill = new FillOptions();
        return cli.Command(
            "rehearse",
            "Plays the strategies and schedules of the server, as they are stored, on the prices of a recorded day as if it were the next "
                + "session, on this machine. Nothing on the server changes.",
            async session =>
            {
                var settings = new RehearsalSettings
                {
                    Day = BacktestDraft.Day("--day", session.Get(day)),
                    AtPresentPrices = session.Get(present),
                    Cash = session.Get(capital),
                    Fill = fill.Model(session),
                };
                var result = await RunAsync(
                    session,
                    settings,
                    need => source.OpenAsync(session, BacktestFolders.OfPrices(session.Terminal, session.Get(prices)), need)
                );
                session.Print(JsonNode.Parse(ResultFolder.Write(result))!, () => RehearsalViews.Result(result, session.Terminal.Width));
            },
            [day, .. source.All, prices, present, capital, .. fill.All],
            "trader rehearse --day 2013-10-04 --data-dir data/historical",
            "trader rehearse --day 2020-03-16 --data-source alpaca --at-present-prices"
        );
    }

    private static async Task<RehearsalResult> RunAsync(
        Session session,
        RehearsalSettings settings,
        Func<PriceNeed, Task<PastPrices>> open
    )
    {
        var progress = ClockLine.For(session);
        try
        {
            return await ServerReplay.RehearseAsync(session, settings, open, progress);
        }
        finally
        {
            progress?.End();
        }
    }
}
