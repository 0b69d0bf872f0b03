using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AutoTrader.Brokers.Paper;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Backtesting.Optimization;

/// <summary>
/// Trials that are done, a line each, so that an optimization which was stopped goes on where it was. One for each question: the same
/// symbol, type, entry condition, costs, limits and data, in the same version of the program; which values are tried and what is to be best
/// may change.
/// </summary>
public sealed class TrialJournal
{
    // Numbers to their last digit: what is read again must not differ from what was found.
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly string _path;
    private readonly Lock _writing = new();
    private readonly Dictionary<string, TrialFigures> _done = new(StringComparer.Ordinal);

    private TrialJournal(string path) => _path = path;

    /// <summary>How many trials it held when it was opened.</summary>
    public int Count => _done.Count;

    /// <summary>The journal of a question; it is made when something is added.</summary>
    /// <param name="folder">The folder of the journals.</param>
    /// <param name="settings">The question.</param>
    /// <param name="dataHash">The data that it is asked of.</param>
    internal static TrialJournal Open(string folder, OptimizationSettings settings, string dataHash)
    {
        var (it, versions) = (settings.Backtest, new[] { typeof(TrialJournal), typeof(PaperBroker), typeof(Strategy) });
        var question = JsonSerializer.Serialize(
            new
            {
                settings.Symbol,
                settings.Space.Type,
                Entry = settings.Space.Entry?.Text,
                it.Paper,
                it.Limits,
                it.Market.SpreadPct,
                it.Market.BarLength,
                it.Market.TimeZone,
                Data = dataHash,
                Versions = versions.Select(type => type.Module.ModuleVersionId),
            },
            Json
        );
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(question)))[..16];
        var journal = new TrialJournal(Path.Combine(folder, name + ".trials.jsonl"));
        journal.Read();
        return journal;
    }

    internal TrialFigures? Find(string period, Combination combination) => _done.GetValueOrDefault(KeyOf(period, combination));

    internal void Add(string period, Combination combination, TrialFigures figures)
    {
        var line = JsonSerializer.Serialize(new Line(KeyOf(period, combination), figures), Json);
        lock (_writing)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            File.AppendAllText(_path, line + "\n");
        }
    }

    /// <summary>Removes it: the question is answered.</summary>
    internal void Delete() => File.Delete(_path);

    private static string KeyOf(string period, Combination combination) => $"{period} {combination.Key}";

    private void Read()
    {
        if (!File.Exists(_path))
        {
            return;
        }

        var text = File.ReadAllText(_path);
        if (!text.EndsWith('\n'))
        {
            // The process died in a line: the next one must not stand behind it.
            File.AppendAllText(_path, "\n");
        }

        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                if (JsonSerializer.Deserialize<Line>(line, Json) is { Key: { } key, Figures: { } figures })
                {
                    _done[key] = figures;
                }
            }
            catch (JsonException)
            {
                // The line that was being written when the process died: its trial is run again.
            }
        }
    }

    private sealed record Line(string Key, TrialFigures Figures);
}
