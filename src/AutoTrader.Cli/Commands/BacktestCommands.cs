using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using AutoTrader.Backtesting;
using AutoTrader.Backtesting.Results;
using AutoTrader.Cli.Calls;
using AutoTrader.Cli.Rendering;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;
using Spectre.Console;

namespace AutoTrader.Cli.Commands;

/// <summary>Strategies over past prices, on this machine: no server is asked.</summary>
internal static class BacktestCommands
{
    private static readonly string[] Types = ["trailing-stop", "bracket", "scale-out", "grid", "pullback-trailing"];
    private static readonly string[] Themes = ["dark", "light"];

    public static CliCommand Of(TraderCli cli) =>
        TraderCli.Group(
            "backtest",
            "Runs strategies over past prices, through the engine and the paper broker of the app itself.",
            Run(cli),
            List(cli),
            Show(cli),
            Compare(cli),
            Delete(cli)
        );

    private static CliCommand Run(TraderCli cli)
    {
        var it = new RunOptions();
        return cli.Command(
            "run",
            "Runs a strategy over past prices. It arms itself anew when it has sold. Ctrl+C keeps what is done.",
            session => RunAsync(session, it),
            it.All,
            "trader backtest run trailing-stop ACME --start 2026-02-02 --end 2026-02-13 --trailing-pct 2 --data-dir samples/market",
            "trader backtest run bracket BOLT --start 2026-02-02 --end 2026-02-13 --take-profit 3 --stop-loss 2 --slippage-pct 0.02"
        );
    }

    private static async Task RunAsync(Session session, RunOptions it)
    {
        if (session.Get(it.Source) != "csv")
        {
            throw new CommandException(ExitCode.Failed, "Only --data-source csv is there in this version; export the bars as CSV files.");
        }

        if (session.Get(it.Chart) is not null || session.Get(it.Show))
        {
            throw new CommandException(ExitCode.Failed, "There is no chart in this version; leave out --chart and --show.");
        }

        var store = BacktestFolders.Kept(session.Terminal, null);
        var settings = it.Settings(session);
        var (run, targetFirst) = await PlayAsync(session, settings);
        var result = BacktestResult.Of(store.NewId(), TimeProvider.System.GetUtcNow(), settings, run, targetFirst);
        if (session.Get(it.Save) && !session.Get(it.NoSave))
        {
            session.Note($"Kept as {store.Save(result)}");
        }

        Answer(session, result);
    }

    private static async Task<(BacktestRun Run, BacktestRun? TargetFirst)> PlayAsync(Session session, BacktestSettings settings)
    {
        try
        {
            var run = await Backtest.RunAsync(settings, new ProgressLine(session), session.Cancellation);
            // Of one that was stopped there is no time for the other.
            return run.AmbiguousBars == 0 || run.Canceled
                ? (run, null)
                : (run, await Backtest.RunAsync(settings with { TargetFirst = true }, null, CancellationToken.None));
        }
        catch (BacktestRefusedException refused)
        {
            throw new CommandException(ExitCode.Failed, refused.Message);
        }
    }

    private static CliCommand List(TraderCli cli)
    {
        var folder = BacktestFolders.OfResults();
        return cli.Command(
            "list",
            "Lists kept backtests, newest first.",
            session =>
            {
                var (results, problems) = BacktestFolders.Kept(session.Terminal, session.Get(folder)).List();
                foreach (var problem in problems)
                {
                    session.Note(problem);
                }

                session.Answer(new JsonArray([.. results.Select(result => (JsonNode)BacktestViews.Summary(result))]), () =>
                    BacktestViews.List(results, session.Terminal.Width)
                );
                return Task.CompletedTask;
            },
            [folder],
            "trader backtest list"
        );
    }

    private static CliCommand Show(TraderCli cli)
    {
        var (id, folder) = (Id(), BacktestFolders.OfResults());
        return cli.Command(
            "show",
            "Shows a kept backtest.",
            session =>
            {
                Answer(session, Find(BacktestFolders.Kept(session.Terminal, session.Get(folder)), session.Get(id)!));
                return Task.CompletedTask;
            },
            [
                id,
                folder,
                Unused(new Option<string?>("--historical-dir")),
                Unused(new Option<string?>("--data-source")),
                Unused(new Option<string?>("--chart")),
                Unused(new Option<bool>("--show")),
                Unused(new Option<string>("--theme")),
            ],
            "trader backtest show 1a2b3c4d"
        );
    }

    private static CliCommand Compare(TraderCli cli)
    {
        var ids = new Argument<string[]>("ids") { Description = "Their ids.", Arity = ArgumentArity.OneOrMore };
        var folder = BacktestFolders.OfResults();
        return cli.Command(
            "compare",
            "Shows kept backtests beside each other.",
            session =>
            {
                var store = BacktestFolders.Kept(session.Terminal, session.Get(folder));
                List<BacktestResult> results = [.. session.Get(ids)!.Select(id => Find(store, id))];
                session.Answer(new JsonArray([.. results.Select(result => JsonNode.Parse(BacktestStore.Write(result)))]), () =>
                    BacktestViews.List(results, session.Terminal.Width)
                );
                return Task.CompletedTask;
            },
            [ids, folder],
            "trader backtest compare 1a2b3c4d 5e6f7a8b"
        );
    }

    private static CliCommand Delete(TraderCli cli)
    {
        var (id, folder) = (Id(), BacktestFolders.OfResults());
        return cli.Command(
            "delete",
            "Deletes a kept backtest.",
            session =>
            {
                var name = session.Get(id)!;
                if (!BacktestFolders.Kept(session.Terminal, session.Get(folder)).Delete(name))
                {
                    throw NotFound(name);
                }

                session.Answer(new JsonObject { ["status"] = "deleted", ["backtest_id"] = name }, () =>
                    new Text($"The backtest {name} is deleted.")
                );
                return Task.CompletedTask;
            },
            [id, folder],
            "trader backtest delete 1a2b3c4d"
        );
    }

    private static void Answer(Session session, BacktestResult result) =>
        session.Answer(JsonNode.Parse(BacktestStore.Write(result))!, () => BacktestViews.Result(result));

    private static BacktestResult Find(BacktestStore store, string id)
    {
        try
        {
            return store.Find(id) ?? throw NotFound(id);
        }
        catch (BacktestRefusedException unreadable)
        {
            throw new CommandException(ExitCode.Failed, unreadable.Message);
        }
    }

    private static CommandException NotFound(string id) =>
        new(ExitCode.NotFound, $"There is no backtest {id}. See: trader backtest list") { ProblemCode = "BACKTEST_NOT_FOUND" };

    private static Argument<string> Id() => new("id") { Description = "Its id." };

    private static T Unused<T>(T option)
        where T : Option
    {
        option.Description = "Has no effect: there is no chart in this version.";
        return option;
    }

    /// <summary>The options of a run, with the original's names and defaults, and those that it has beyond them.</summary>
    private sealed class RunOptions
    {
        private readonly Argument<string> _type = new("type") { Description = "The kind of strategy." };
        private readonly Argument<string> _symbol = new("symbol") { Description = "The symbol." };
        private readonly Option<string> _start = Day("--start", "The first day, YYYY-MM-DD.");
        private readonly Option<string> _end = Day("--end", "The last day, YYYY-MM-DD; it is played, too.");
        private readonly Option<int> _qty = new("--qty") { Description = "Shares.", DefaultValueFactory = _ => 10 };
        private readonly Option<decimal?> _trailing = Number("--trailing-pct", "Distance of the trailing stop in percent.");
        private readonly Option<decimal?> _target = Number("--take-profit", "Profit at which it sells, in percent.");
        private readonly Option<decimal?> _stop = Number("--stop-loss", "Loss at which it sells, in percent.");
        private readonly Option<decimal?> _pullback = Number("--pullback-pct", "The dip that it buys, in percent. Default: 5.");
        private readonly Option<decimal?> _limit = Number("--limit", "Buys with a limit order at this price.");
        private readonly Option<string?> _dataDir = BacktestFolders.Prices();
        private readonly Option<decimal> _capital = new("--initial-capital")
        {
            Description = "The cash to begin with, in dollars.",
            DefaultValueFactory = _ => 100_000,
        };
        private readonly Option<decimal> _spread = Cost("--spread-pct", "The spread in percent; a market order pays half of it.");
        private readonly Option<decimal> _slippage = Cost("--slippage-pct", "How much worse market and stop orders fill, in percent.");
        private readonly Option<decimal> _commission = Cost("--commission", "Commission in dollars per share.");
        private readonly Option<decimal> _volume = Cost(
            "--volume-share",
            "The most that an order fills of a bar's volume, in percent; 0: all."
        );
        private readonly Option<string> _theme = new("--theme")
        {
            Description = "The look of the chart.",
            DefaultValueFactory = _ => "dark",
        };

        public RunOptions()
        {
            _type.AcceptOnlyFromAmong(Types);
            _theme.AcceptOnlyFromAmong(Themes);
            Source.AcceptOnlyFromAmong("csv", "alpaca", "cached");
        }

        public Option<string> Source { get; } =
            new("--data-source") { Description = "Where prices come from.", DefaultValueFactory = _ => "csv" };

        public Option<bool> Save { get; } = new("--save") { Description = "Keep the result.", DefaultValueFactory = _ => true };

        public Option<bool> NoSave { get; } = new("--no-save") { Description = "Do not keep the result." };

        public Option<string?> Chart { get; } = new("--chart") { Description = "There is no chart in this version.", HelpName = "file" };

        public Option<bool> Show { get; } = new("--show") { Description = "There is no chart in this version." };

        public IEnumerable<Symbol> All =>
            [
                _type,
                _symbol,
                _start,
                _end,
                _qty,
                _trailing,
                _target,
                _stop,
                _pullback,
                _limit,
                Source,
                _dataDir,
                _capital,
                _spread,
                _slippage,
                _commission,
                _volume,
                Save,
                NoSave,
                Chart,
                Show,
                _theme,
            ];

        /// <exception cref="CommandException">The strategy or the dates make no sense.</exception>
        public BacktestSettings Settings(Session session)
        {
            var strategy = Strategy(session);
            if (StrategyValidation.Validate(strategy).Concat(StrategyFields.Unused(strategy)).ToList() is { Count: > 0 } problems)
            {
                throw new CommandException(ExitCode.Usage, string.Join(' ', problems.Select(problem => problem.Message)));
            }

            var settings = new BacktestSettings
            {
                Strategies = [strategy],
                Start = Date(session, _start),
                End = Date(session, _end),
                Market = new() { Directory = BacktestFolders.OfPrices(session.Terminal, session.Get(_dataDir)) },
                Paper = new()
                {
                    InitialCash = session.Get(_capital),
                    Fill = new()
                    {
                        SpreadPct = session.Get(_spread),
                        SlippagePct = session.Get(_slippage),
                        CommissionPerShare = session.Get(_commission),
                        VolumeSharePct = session.Get(_volume),
                    },
                },
            };
            return settings.Paper.Problem() is { } problem ? throw new CommandException(ExitCode.Usage, problem) : settings;
        }

        private Strategy Strategy(Session session)
        {
            var type = WireNames.Parse<StrategyType>(session.Get(_type)!.Replace('-', '_'))!.Value;
            return new()
            {
                Id = "backtest",
                Arm = "backtest",
                Symbol = Core.Market.Symbol.Normalize(session.Get(_symbol)!),
                StrategyType = type,
                Quantity = type == StrategyType.Grid && !session.IsGiven(_qty) ? 1 : session.Get(_qty),
                EntryType = session.Get(_limit) is null ? EntryType.Market : EntryType.Limit,
                EntryPrice = session.Get(_limit),
                TrailingStopPct = session.Get(_trailing),
                TakeProfitPct = session.Get(_target),
                StopLossPct = session.Get(_stop),
                PullbackPct = session.Get(_pullback) ?? (type == StrategyType.PullbackTrailing ? 5 : null),
                ScaleTargets = type == StrategyType.ScaleOut ? ScaleOut.DefaultTargets : [],
                Repeat = type != StrategyType.Grid,
            };
        }

        private static DateOnly Date(Session session, Option<string> option) =>
            DateOnly.TryParseExact(session.Get(option), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            && day.Year is >= Core.Market.TradingCalendar.FirstYear and <= Core.Market.TradingCalendar.LastYear
                ? day
                : throw new CommandException(ExitCode.Usage, $"{option.Name} is a day from 1998 to 2035, such as 2026-02-02.");

        private static Option<string> Day(string name, string description) =>
            new(name)
            {
                Description = description,
                HelpName = "date",
                Required = true,
            };

        private static Option<decimal?> Number(string name, string description) => new(name) { Description = description };

        private static Option<decimal> Cost(string name, string description) =>
            new(name) { Description = description, DefaultValueFactory = _ => 0 };
    }
}
