using System.CommandLine;
using AutoTrader.Backtesting.Results;
using AutoTrader.Brokers.Market;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Client.Backtests;
using AutoTrader.Cli.Rendering.Backtests;

namespace AutoTrader.Cli.Commands.Backtests;

/// <summary>The options for drawing a result.</summary>
/// <param name="name">The option that names the file.</param>
internal sealed class ChartOptions(string name = "--chart")
{
    private static readonly string[] Themes = ["dark", "light"];

    private readonly Option<string?> _file = new(name) { Description = $"Draw the result: {ChartFile.Formats}.", HelpName = "file" };
    private readonly Option<bool> _show = new("--show") { Description = "Draw the result and open it in the browser (BROWSER)." };
    private readonly Option<string> _theme = Theme();

    /// <summary>All of them.</summary>
    public IEnumerable<Symbol> All => [_file, _show, _theme];

    /// <summary>Whether something is to be drawn.</summary>
    public bool IsAsked(Session session) => session.Get(_file) is not null || session.Get(_show);

    /// <exception cref="CommandException">Nothing can be written to the file.</exception>
    public void Check(Session session) => ChartFile.Check(session.Get(_file));

    /// <summary>Draws the requested output.</summary>
    public async Task DrawAsync(Session session, BacktestResult result, CsvMarketOptions prices)
    {
        var progress = ReadLine.For(session);
        await ChartFile.WriteAsync(
            session,
            result,
            prices,
            new(progress, session.Cancellation),
            session.Get(_file),
            session.Get(_show),
            session.Get(_theme)!
        );
        progress?.End();
    }

    /// <summary>Draws the requested output of a kept result, whose prices are read again; fetched prices are not fetched twice.</summary>
    public async Task DrawAsync(Session session, BacktestResult result, string files, SourceOptions source)
    {
        if (IsAsked(session))
        {
            using var prices = await source.OpenAsync(session, files, ChartFile.NeedOf(result), isOffline: true);
            await DrawAsync(session, result, prices.Market);
        }
    }

    private static Option<string> Theme()
    {
        var theme = new Option<string>("--theme") { Description = "The look of the chart.", DefaultValueFactory = _ => "dark" };
        theme.AcceptOnlyFromAmong(Themes);
        return theme;
    }
}
