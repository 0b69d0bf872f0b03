using System.CommandLine;
using AutoTrader.Backtesting;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Client.Backtests;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Cli.Commands.Backtests;

/// <summary>The options that all backtests share.</summary>
internal class BacktestOptions
{
    private readonly Option<string> _start = Day("--start", "The first day, YYYY-MM-DD.");
    private readonly Option<string> _end = Day("--end", "The last day, YYYY-MM-DD; it is played, too.");
    private readonly Option<string?> _dataDir = BacktestFolders.Prices();
    private readonly Option<decimal> _capital = new("--initial-capital")
    {
        Description = "The cash to begin with, in dollars.",
        DefaultValueFactory = _ => 100_000,
    };
    private readonly FillOptions _fill = new();
    private readonly SourceOptions _source = new();
    private readonly Option<bool> _accept = new("--accept-data")
    {
        Description = "Play data that cannot be trusted all the same, because you know that they are right; the result tells it.",
    };
    private readonly Option<bool> _save = new("--save") { Description = "Keep the result.", DefaultValueFactory = _ => true };
    private readonly Option<bool> _noSave = new("--no-save") { Description = "Do not keep the result." };

    /// <summary>All of them.</summary>
    public IEnumerable<System.CommandLine.Symbol> Shared =>
        [_start, _end, .. _source.All, _dataDir, _accept, _capital, .. _fill.All, _save, _noSave];

    /// <summary>Makes the prices of a backtest ready.</summary>
    /// <exception cref="CommandException">They cannot be had.</exception>
    public Task<PastPrices> PricesAsync(Session session, PriceNeed need) =>
        _source.OpenAsync(session, BacktestFolders.OfPrices(session.Terminal, session.Get(_dataDir)), need);

    /// <summary>Whether the result is to be kept.</summary>
    public bool IsKept(Session session) => session.Get(_save) && !session.Get(_noSave);

    /// <exception cref="CommandException">It is no day.</exception>
    public DateOnly Start(Session session) => Date(session, _start);

    /// <exception cref="CommandException">Days or costs make no sense.</exception>
    public BacktestSettings Settings(Session session, IReadOnlyList<Strategy> strategies, IReadOnlyList<Schedule> schedules)
    {
        var folder = BacktestFolders.OfPrices(session.Terminal, session.Get(_dataDir));
        if (_source.IsFiles(session))
        {
            session.Repeats(_dataDir, folder);
        }

        var settings = new BacktestSettings
        {
            Strategies = strategies,
            Schedules = schedules,
            Start = Start(session),
            End = Date(session, _end),
            Market = new() { Directory = folder },
            AcceptData = session.Get(_accept),
            Paper = new() { InitialCash = session.Get(_capital), Fill = _fill.Model(session) },
        };
        return settings.Paper.Problem() is { } problem ? throw new CommandException(ExitCode.Usage, problem) : settings;
    }

    private static DateOnly Date(Session session, Option<string> option) => BacktestDraft.Day(option.Name, session.Get(option));

    private static Option<string> Day(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "date",
            Required = true,
        };
}

/// <summary>The options of one strategy's backtest, with the original's names and defaults.</summary>
internal sealed class BacktestRunOptions : BacktestOptions
{
    private readonly Argument<string> _type = new("type") { Description = "The kind of strategy." };
    private readonly Argument<string> _symbol = new("symbol") { Description = "The symbol." };
    private readonly Option<int> _qty = new("--qty") { Description = "Shares.", DefaultValueFactory = _ => BacktestDraft.Quantity };
    private readonly Option<decimal?> _trailing = Number("--trailing-pct", "Distance of the trailing stop in percent.");
    private readonly Option<decimal?> _target = Number("--take-profit", "Profit at which it sells, in percent.");
    private readonly Option<decimal?> _stop = Number("--stop-loss", "Loss at which it sells, in percent.");
    private readonly Option<decimal?> _pullback = Number(
        "--pullback-pct",
        FormattableString.Invariant($"The dip that it buys, in percent. Default: {StrategyDraft.Pullback}.")
    );
    private readonly Option<decimal?> _limit = Number("--limit", "Buys with a limit order at this price.");
    private readonly Option<string?> _condition = StrategyAddCommand.ConditionOption();

    public BacktestRunOptions()
    {
        _type.AcceptOnlyFromAmong(StrategyDraft.Types);
    }

    /// <summary>The files that the result is written into.</summary>
    public ResultFiles Output { get; } = new();

    /// <summary>All of them.</summary>
    public IEnumerable<System.CommandLine.Symbol> All =>
        [_type, _symbol, _qty, _trailing, _target, _stop, _pullback, _limit, _condition, .. Shared, .. Output.All];

    /// <exception cref="CommandException">The strategy, the days or the costs make no sense.</exception>
    public BacktestSettings Settings(Session session) =>
        Settings(
            session,
            [
                BacktestDraft.Strategy(
                    session.Get(_type)!,
                    session.Get(_symbol)!,
                    session.IsGiven(_qty) || session.Get(_type) != "grid" ? session.Get(_qty) : null,
                    session.Get(_trailing),
                    session.Get(_pullback),
                    session.Get(_target),
                    session.Get(_stop),
                    session.Get(_limit),
                    session.Get(_condition)
                ),
            ],
            []
        );

    private static Option<decimal?> Number(string name, string description) => new(name) { Description = description };
}
