using System.CommandLine;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Client.Backtests;
using AutoTrader.Cli.Rendering.Backtests;
using AutoTrader.Core.Market.Indicators;

namespace AutoTrader.Cli.Commands.Backtests;

/// <summary>The options that say where past prices come from, with the original's names and defaults.</summary>
internal sealed class SourceOptions
{
    private readonly Option<string> _source = new("--data-source")
    {
        Description =
            "Where prices come from: csv files, alpaca (what is missing is fetched and kept), or cached (what was fetched before).",
        DefaultValueFactory = _ => PriceSource.Csv,
    };
    private readonly Option<string?> _timeframe = Length();

    public SourceOptions() => _source.AcceptOnlyFromAmong(PriceSource.All);

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => [_source, _timeframe];

    /// <summary>Where prices come from, for a command that has a length of bars of its own.</summary>
    public Option<string> Source => _source;

    /// <summary>Whether prices come from files.</summary>
    public bool IsFiles(Session session) => session.Get(_source) == PriceSource.Csv;

    /// <summary>The option of the length of fetched bars.</summary>
    public static Option<string?> Length()
    {
        var length = new Option<string?>("--timeframe")
        {
            Description = $"The length of the bars of alpaca. Default: {PriceSource.Timeframe}.",
            HelpName = "length",
        };
        length.AcceptOnlyFromAmong([.. Timeframe.Lengths.Keys]);
        return length;
    }

    /// <summary>Makes prices ready; what is fetched is told on the way.</summary>
    /// <param name="session">The command.</param>
    /// <param name="files">The folder of files.</param>
    /// <param name="need">What is needed.</param>
    /// <param name="isOffline">Whether what was fetched before is enough, as to draw what was tested on it.</param>
    /// <exception cref="CommandException">They cannot be had.</exception>
    public Task<PastPrices> OpenAsync(Session session, string files, PriceNeed need, bool isOffline = false) =>
        OpenAsync(session, files, need, session.Get(_timeframe), isOffline);

    /// <summary>The same with bars of a length by its name; null for the default.</summary>
    /// <exception cref="CommandException">They cannot be had.</exception>
    public async Task<PastPrices> OpenAsync(Session session, string files, PriceNeed need, string? timeframe, bool isOffline = false)
    {
        var progress = FetchLine.For(session);
        try
        {
            var source = session.Get(_source)!;
            return await session.Prices.OpenAsync(
                isOffline && source == PriceSource.Alpaca ? PriceSource.Cached : source,
                timeframe,
                files,
                need,
                progress,
                session.Cancellation
            );
        }
        finally
        {
            progress?.End();
        }
    }
}
