using System.CommandLine;
using AutoTrader.Backtesting.Results;
using AutoTrader.Cli.Client;

namespace AutoTrader.Cli.Commands;

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
    public Task DrawAsync(Session session, BacktestResult result, string folder) =>
        ChartFile.WriteAsync(session, result, folder, session.Get(_file), session.Get(_show), session.Get(_theme)!);

    private static Option<string> Theme()
    {
        var theme = new Option<string>("--theme") { Description = "The look of the chart.", DefaultValueFactory = _ => "dark" };
        theme.AcceptOnlyFromAmong(Themes);
        return theme;
    }
}
