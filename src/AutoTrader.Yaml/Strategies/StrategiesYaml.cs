using System.Security.Cryptography;
using System.Text;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;
using AutoTrader.Yaml.Syntax;

namespace AutoTrader.Yaml.Strategies;

/// <summary>
/// The file form of strategies: <c>strategies.yaml</c> as the Python AutoTrader wrote it, and as this system writes it.
/// Reading never throws for what a file holds: every bad record is reported by id, line and field with a fix, and the others are returned.
/// </summary>
public static class StrategiesYaml
{
    /// <summary>The most characters (or bytes) of a file.</summary>
    public const int MaxLength = YamlRecords.MaxLength;

    private const string Root = "strategies";

    /// <summary>Reads a file.</summary>
    /// <param name="utf8">Its bytes: UTF-8, with or without a byte order mark.</param>
    /// <param name="now">The present instant: schedules before it are off, records without <c>created_at</c> get it.</param>
    /// <param name="newArm">Mints the arm of each strategy; <see cref="ClientOrderIds.NewArm"/> when null.</param>
    public static StrategiesImport Read(ReadOnlySpan<byte> utf8, DateTimeOffset now, Func<string>? newArm = null)
    {
        var log = new ImportLog();
        return Read(YamlRecords.Read(utf8, Root, log), now, newArm, log);
    }

    /// <summary>Reads the text of a file.</summary>
    /// <param name="text">The text.</param>
    /// <param name="now">The present instant: schedules before it are off, records without <c>created_at</c> get it.</param>
    /// <param name="newArm">Mints the arm of each strategy; <see cref="ClientOrderIds.NewArm"/> when null.</param>
    public static StrategiesImport Read(string text, DateTimeOffset now, Func<string>? newArm = null)
    {
        var log = new ImportLog();
        return Read(YamlRecords.Read(text, Root, log), now, newArm, log);
    }

    /// <summary>
    /// Writes strategies as a file: the Python AutoTrader's fields in its order, then the others where they differ from their defaults.
    /// Instants are UTC with their offset. What the Python AutoTrader kept of orders at the broker stays null, since it is not part of a
    /// strategy here.
    /// </summary>
    public static string Write(IEnumerable<Strategy> strategies) => StrategiesYamlWriter.Write(Root, strategies);

    private static StrategiesImport Read(IReadOnlyList<YamlMap?> records, DateTimeOffset now, Func<string>? newArm, ImportLog log)
    {
        var strategies = new List<ImportedStrategy>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < records.Count; i++)
        {
            if (records[i] is { } map && One(map, i, now, newArm ?? ClientOrderIds.NewArm, lines, log) is { } strategy)
            {
                strategies.Add(strategy);
            }
        }

        WarnOfSharedSymbols(strategies, log);
        return new(strategies, log.Problems);
    }

    private static ImportedStrategy? One(
        YamlMap map,
        int index,
        DateTimeOffset now,
        Func<string> newArm,
        Dictionary<string, int> lines,
        ImportLog log
    )
    {
        var shown = map.WrittenId is { } text ? ImportLog.Display(text) : null;
        var fields = new RecordFields(map, StrategyReader.Known, shown, "", log);
        var written = map.WrittenId is null ? null : fields.Word("id") ?? map.WrittenId;
        var id = MapId(written, index, fields);
        if (lines.TryGetValue(id, out var earlier))
        {
            fields.Error(
                "id",
                "duplicate_id",
                FormattableString.Invariant($"Its id is also that of the strategy on line {earlier}."),
                "Give it another id."
            );
            return null;
        }

        lines.Add(id, map.Line);
        return new StrategyReader(fields, shown, now, log).Read(id, newArm()) is { } strategy ? new(strategy, written, map.Line) : null;
    }

    /// <summary>The id itself if valid; otherwise a deterministic one: its allowed characters, and a hash of the whole.</summary>
    private static string MapId(string? written, int index, RecordFields fields)
    {
        if (StrategyValidation.IsValidId(written))
        {
            return written!;
        }

        // The Python AutoTrader's record also has no id when the file has none; only its position identifies it.
        var hash = Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes(written ?? FormattableString.Invariant($"entry {index}")))
        )[..8];
        var kept = string.Concat(
                (written ?? "")
                    .Take(StrategyValidation.MaxId - hash.Length - 1)
                    .Select(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_' ? letter : '-')
            )
            .Trim('-');
        var id = kept.Length > 0 ? $"{kept}-{hash}" : $"strategy-{hash}";
        fields.Warn(
            "id",
            written is null ? "id_missing" : "id_mapped",
            written is null
                ? $"It has no id; it was imported as {id}."
                : $"\"{ImportLog.Display(written)}\" is not a valid id; it was imported as {id}.",
            "Use the new id from now on: 1 to 32 of A-Z a-z 0-9 _ -."
        );
        return id;
    }

    private static void WarnOfSharedSymbols(List<ImportedStrategy> strategies, ImportLog log)
    {
        foreach (
            var group in strategies
                .Where(it => it.Strategy is { IsTerminal: false, AllowSharedSymbol: false })
                .GroupBy(it => it.Strategy.Symbol, StringComparer.Ordinal)
        )
        {
            foreach (var (strategy, original, line) in group.Skip(1))
            {
                log.Warn(
                    original is null ? null : ImportLog.Display(original),
                    line,
                    "symbol",
                    "shared_symbol",
                    $"{group.First().Strategy.Id} trades {strategy.Symbol}, too: only one of them trades at a time.",
                    "Set allow_shared_symbol: true on both if they may trade together."
                );
            }
        }
    }
}
