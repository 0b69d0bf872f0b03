using System.CommandLine;
using AutoTrader.Backtesting;
using AutoTrader.Cli.Calls;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Cli.Commands;

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
    private readonly Option<decimal> _spread = Cost("--spread-pct", "The spread in percent; a market order pays half of it.");
    private readonly Option<decimal> _slippage = Cost("--slippage-pct", "How much worse market and stop orders fill, in percent.");
    private readonly Option<decimal> _commission = Cost("--commission", "Commission in dollars per share.");
    private readonly Option<decimal> _sec = Cost(
        "--sec-fee",
        "Fee of the SEC in dollars per million sold.",
        AlpacaFees.Model.SecFeePerMillion
    );
    private readonly Option<decimal> _taf = Cost("--taf", "FINRA's fee in dollars per share sold.", AlpacaFees.Model.TafPerShare);
    private readonly Option<decimal> _volume = Cost(
        "--volume-share",
        "The most that an order fills of a bar's volume, in percent; 0: all."
    );
    private readonly Option<bool> _save = new("--save") { Description = "Keep the result.", DefaultValueFactory = _ => true };
    private readonly Option<bool> _noSave = new("--no-save") { Description = "Do not keep the result." };

    /// <summary>All of them.</summary>
    public IEnumerable<System.CommandLine.Symbol> Shared =>
        [_start, _end, _dataDir, _capital, _spread, _slippage, _commission, _sec, _taf, _volume, _save, _noSave];

    /// <summary>The folder of prices.</summary>
    public string Prices(Session session) => BacktestFolders.OfPrices(session.Terminal, session.Get(_dataDir));

    /// <summary>Whether the result is to be kept.</summary>
    public bool IsKept(Session session) => session.Get(_save) && !session.Get(_noSave);

    /// <exception cref="CommandException">It is no day.</exception>
    public DateOnly Start(Session session) => Date(session, _start);

    /// <exception cref="CommandException">Days or costs make no sense.</exception>
    public BacktestSettings Settings(Session session, IReadOnlyList<Strategy> strategies, IReadOnlyList<Schedule> schedules)
    {
        var folder = Prices(session);
        session.Repeats(_dataDir, folder);
        var settings = new BacktestSettings
        {
            Strategies = strategies,
            Schedules = schedules,
            Start = Start(session),
            End = Date(session, _end),
            Market = new() { Directory = folder },
            Paper = new()
            {
                InitialCash = session.Get(_capital),
                Fill = new()
                {
                    SpreadPct = session.Get(_spread),
                    SlippagePct = session.Get(_slippage),
                    CommissionPerShare = session.Get(_commission),
                    SecFeePerMillion = session.Get(_sec),
                    TafPerShare = session.Get(_taf),
                    VolumeSharePct = session.Get(_volume),
                },
            },
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

    private static Option<decimal> Cost(string name, string description, decimal otherwise = 0) =>
        new(name) { Description = description, DefaultValueFactory = _ => otherwise };
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

    public BacktestRunOptions()
    {
        _type.AcceptOnlyFromAmong(StrategyDraft.Types);
    }

    /// <summary>How it is drawn.</summary>
    public ChartOptions Chart { get; } = new();

    /// <summary>All of them.</summary>
    public IEnumerable<System.CommandLine.Symbol> All =>
        [_type, _symbol, _qty, _trailing, _target, _stop, _pullback, _limit, BacktestFolders.Source(), .. Shared, .. Chart.All];

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
                    session.Get(_limit)
                ),
            ],
            []
        );

    private static Option<decimal?> Number(string name, string description) => new(name) { Description = description };
}
