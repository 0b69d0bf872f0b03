using AutoTrader.Backtesting;
using AutoTrader.Backtesting.History;
using AutoTrader.Backtesting.Optimization;
using AutoTrader.Backtesting.Stored;
using AutoTrader.Brokers.Alpaca;
using AutoTrader.Brokers.Market;
using AutoTrader.Core.Market;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;
using Microsoft.Extensions.Configuration;

namespace AutoTrader.Cli.Client.Backtests;

/// <summary>Which past prices a backtest needs.</summary>
/// <param name="Symbols">The symbols.</param>
/// <param name="Start">The first day (New York).</param>
/// <param name="End">The last day.</param>
/// <param name="SessionsBefore">Sessions before the first day that are wanted, too, for the prior close.</param>
internal sealed record PriceNeed(IReadOnlyList<string> Symbols, DateOnly Start, DateOnly End, int SessionsBefore = 1)
{
    /// <summary>Entry conditions, whose indicators warm up before the first day.</summary>
    public IReadOnlyList<IndicatorCondition> Conditions { get; init; } = [];

    /// <summary>The first day that is wanted.</summary>
    /// <param name="length">The length of the bars: fifty bars of a day warm up for longer than fifty of a minute.</param>
    public DateOnly First(TimeSpan length)
    {
        var sessions = Conditions.Select(condition => condition.SessionsBack(length)).Append(SessionsBefore).Max();
        return TradingCalendar
                .Nyse.Sessions(Start.AddDays(-(2 * sessions) - 10), Start.AddDays(-1))
                .TakeLast(sessions)
                .FirstOrDefault()
                ?.Day
            ?? Start;
    }

    /// <summary>What strategies and schedules need.</summary>
    public static PriceNeed Of(BacktestSettings settings) =>
        Of(settings.Strategies, settings.Schedules, settings.Start, settings.End);

    /// <summary>What stored strategies and schedules need.</summary>
    /// <exception cref="BacktestRefusedException">A record cannot be read here.</exception>
    public static PriceNeed Of(StoredTrading stored, DateOnly start, DateOnly end)
    {
        var (strategies, schedules) = stored.Read();
        return Of(strategies, schedules, start, end);
    }

    /// <summary>What every combination of an optimization needs.</summary>
    /// <exception cref="CommandException">There are too many, or their number is missing.</exception>
    public static PriceNeed Of(OptimizationSettings settings)
    {
        try
        {
            // Before anything is fetched.
            var tried = Optimizer.Tried(settings);
            return new([Symbol.Normalize(settings.Symbol)], settings.Backtest.Start, settings.Backtest.End)
            {
                Conditions = settings.Space.Entry is null ? [] : ConditionsOf(tried.Select(it => it.Strategy(settings.Symbol, 100))),
            };
        }
        catch (BacktestRefusedException refused)
        {
            throw OptimizationDraft.Refused(refused);
        }
    }

    private static PriceNeed Of(IReadOnlyList<Strategy> strategies, IReadOnlyList<Schedule> schedules, DateOnly start, DateOnly end) =>
        new(Backtest.SymbolsOf(strategies, schedules), start, end) { Conditions = ConditionsOf(strategies) };

    private static List<IndicatorCondition> ConditionsOf(IEnumerable<Strategy> strategies) =>
        [
            .. strategies
                .Where(strategy => strategy.EntryType == EntryType.Condition)
                .Select(strategy => strategy.EntryCondition)
                .Distinct(StringComparer.Ordinal)
                .Select(IndicatorCondition.TryParse)
                .OfType<IndicatorCondition>(),
        ];
}

/// <summary>Where past prices are on this machine, and the settings by which they are fetched.</summary>
/// <param name="Variable">The environment.</param>
/// <param name="DataFolder">The folder of the user's data.</param>
internal sealed record PriceSource(Func<string, string?> Variable, string DataFolder)
{
    /// <summary>Files in a folder.</summary>
    public const string Csv = "csv";

    /// <summary>Alpaca, with what is missing fetched first.</summary>
    public const string Alpaca = "alpaca";

    /// <summary>What was fetched from Alpaca before; nothing is asked for.</summary>
    public const string Cached = "cached";

    /// <summary>The length of fetched bars unless another is given: what decides live.</summary>
    public const string Timeframe = "1Min";

    // Beside those of the app's own names.
    private static readonly string[] Originals =
    [
        "ALPACA_API_KEY",
        "ALPACA_SECRET_KEY",
        "ALPACA_PROD_API_KEY",
        "ALPACA_PROD_SECRET_KEY",
        "ALPACA_PAPER_BASE_URL",
        "ALPACA_PROD_BASE_URL",
        "ALPACA_DATA_FEED",
    ];

    /// <summary>All of them.</summary>
    public static string[] All { get; } = [Csv, Alpaca, Cached];

    /// <summary>The kept bars of the feed that the settings name.</summary>
    /// <exception cref="MarketHistoryException">They name none.</exception>
    public BarCache Cache() => new(Bars, AlpacaHistory.FeedOf(Settings()));

    /// <summary>Where fetched bars are kept, of every feed.</summary>
    public string Bars => Path.Combine(DataFolder, "bars");

    /// <summary>Makes prices ready.</summary>
    /// <param name="source">One of <see cref="All"/>.</param>
    /// <param name="timeframe">The length of fetched bars by its name; null for the default.</param>
    /// <param name="files">The folder of files.</param>
    /// <param name="need">What is needed.</param>
    /// <param name="progress">Told of each month that is fetched.</param>
    /// <param name="cancellationToken">Ends it; what is fetched is kept.</param>
    /// <exception cref="CommandException">They cannot be had.</exception>
    public async Task<PastPrices> OpenAsync(
        string source,
        string? timeframe,
        string files,
        PriceNeed need,
        IProgress<FetchProgress>? progress,
        CancellationToken cancellationToken
    )
    {
        if (source == Csv)
        {
            return timeframe is null
                ? new(new() { Directory = files }, [], null)
                : throw new CommandException(
                    ExitCode.Usage,
                    "The length of bars is chosen with --data-source alpaca or cached; that of files is found from their rows."
                )
                {
                    ProblemCode = CommandException.Validation,
                };
        }

        if (!All.Contains(source))
        {
            throw new CommandException(ExitCode.Usage, $"There is no data source {source}. There are: {string.Join(", ", All)}.")
            {
                ProblemCode = CommandException.Validation,
            };
        }

        // A symbol becomes part of a path.
        if (need.Symbols.FirstOrDefault(symbol => !Symbol.IsValid(symbol)) is { } none)
        {
            throw new CommandException(ExitCode.Usage, $"'{none}' is not a symbol.") { ProblemCode = CommandException.Validation };
        }

        var length = Core.Market.Indicators.Timeframe.Lengths.Keys.FirstOrDefault(it =>
            it.Equals(timeframe ?? Timeframe, StringComparison.OrdinalIgnoreCase)
        )
            ?? throw new CommandException(
                ExitCode.Usage,
                $"There is no timeframe {timeframe}. There are: {string.Join(", ", Core.Market.Indicators.Timeframe.Lengths.Keys)}."
            )
            {
                ProblemCode = CommandException.Validation,
            };
        try
        {
            var notes = source == Alpaca ? await FetchAsync(length, need, progress, cancellationToken) : [];
            var folder = await PriceFolder.OfAsync(
                Cache(),
                need.Symbols,
                length,
                source == Alpaca ? need.First(Core.Market.Indicators.Timeframe.Lengths[length]) : need.Start,
                need.End,
                TimeProvider.System.GetUtcNow(),
                new(progress as IProgress<FileProgress>, cancellationToken)
            );
            return new(folder.Options, [.. folder.Remarks, .. notes], folder);
        }
        catch (Exception failure) when (failure is MarketHistoryException or BacktestRefusedException)
        {
            throw NotFound(failure);
        }
    }

    /// <summary>Fetches what is missing of one symbol.</summary>
    /// <exception cref="CommandException">It cannot be had.</exception>
    public async Task<FetchResult> FetchAsync(FetchRequest request, IProgress<FetchProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            using var history = AlpacaHistory.Open(Settings());
            // Beside the caller, who goes on listening for Ctrl+C.
            return await Task.Run(
                () => BarFetch.RunAsync(history, Cache(), request, TimeProvider.System, progress, cancellationToken),
                CancellationToken.None
            );
        }
        catch (Exception failure) when (failure is MarketHistoryException or BacktestRefusedException)
        {
            throw NotFound(failure);
        }
    }

    private static CommandException NotFound(Exception failure) =>
        new(ExitCode.Failed, failure.Message) { ProblemCode = CommandException.DataNotFound };

    private async Task<List<string>> FetchAsync(
        string timeframe,
        PriceNeed need,
        IProgress<FetchProgress>? progress,
        CancellationToken cancellationToken
    )
    {
        var notes = new List<string>();
        var first = need.First(Core.Market.Indicators.Timeframe.Lengths[timeframe]);
        foreach (var symbol in need.Symbols)
        {
            var fetched = await FetchAsync(new(symbol, timeframe, first, need.End), progress, cancellationToken);
            if (fetched.Canceled)
            {
                throw new CommandException(
                    ExitCode.Failed,
                    "Stopped while prices were fetched. Whole months are kept: the same command goes on from there."
                );
            }

            notes.AddRange(fetched.Notes);
        }

        return notes;
    }

    /// <summary>The settings of Alpaca that the app reads, from the environment.</summary>
    private IConfiguration Settings() =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(
                typeof(AlpacaOptions)
                    .GetProperties()
                    .Select(it => $"{AlpacaOptions.Section}:{it.Name}")
                    .Concat(Originals)
                    .Select(name => KeyValuePair.Create(name, Variable(name.Replace(":", "__", StringComparison.Ordinal))))
                    .Where(setting => !string.IsNullOrEmpty(setting.Value))
            )
            .Build();
}

/// <summary>Past prices in use.</summary>
/// <param name="market">Where the market data reader finds them.</param>
/// <param name="remarks">What they are, and what is to be known of them, a sentence each.</param>
/// <param name="folder">What goes with them; null for files of people.</param>
internal sealed class PastPrices(CsvMarketOptions market, IReadOnlyList<string> remarks, PriceFolder? folder) : IDisposable
{
    public CsvMarketOptions Market => market;

    public IReadOnlyList<string> Remarks => remarks;

    /// <summary>An optimization that tells what its prices are.</summary>
    public OptimizationResult Told(OptimizationResult result) =>
        result.BestBacktest is { } best
            ? result with
            {
                BestBacktest = best with { DataReport = [.. remarks, .. best.DataReport] },
            }
            : result;

    public void Dispose() => folder?.Dispose();
}
