using System.Security.Cryptography;
using System.Text;
using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Strategies.Yaml;

/// <summary>
/// The file form of strategies: <c>strategies.yaml</c> as the Python AutoTrader wrote it, and as this system writes it.
/// Reading never throws for what a file holds: every bad record is reported by id, line and field with a fix, and the others are returned.
/// </summary>
public static class StrategiesYaml
{
    /// <summary>The most characters (or bytes) of a file.</summary>
    public const int MaxLength = 1024 * 1024;

    private const string Root = "strategies";
    private const string Shape = "Write strategies: and below it one entry with - for each strategy.";

    /// <summary>Reads a file.</summary>
    /// <param name="utf8">Its bytes: UTF-8, with or without a byte order mark.</param>
    /// <param name="now">The present instant: schedules before it are off, records without <c>created_at</c> get it.</param>
    /// <param name="newArm">Mints the arm of each strategy; <see cref="ClientOrderIds.NewArm"/> when null.</param>
    public static StrategiesImport Read(ReadOnlySpan<byte> utf8, DateTimeOffset now, Func<string>? newArm = null)
    {
        if (utf8.Length > MaxLength)
        {
            return TooLarge();
        }

        try
        {
            return Read(new UTF8Encoding(false, true).GetString(utf8), now, newArm);
        }
        catch (DecoderFallbackException)
        {
            return Nothing("not_utf8", 1, "The file is not UTF-8.", "Save it as UTF-8 and import again.");
        }
    }

    /// <summary>Reads the text of a file.</summary>
    /// <param name="text">The text.</param>
    /// <param name="now">The present instant: schedules before it are off, records without <c>created_at</c> get it.</param>
    /// <param name="newArm">Mints the arm of each strategy; <see cref="ClientOrderIds.NewArm"/> when null.</param>
    public static StrategiesImport Read(string text, DateTimeOffset now, Func<string>? newArm = null)
    {
        if (text.Length > MaxLength)
        {
            return TooLarge();
        }

        text = text.TrimStart('\ufeff');
        var log = new ImportLog();
        var records = Records(text, log);
        var strategies = new List<ImportedStrategy>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < records.Count; i++)
        {
            if (One(records[i], i, now, newArm ?? ClientOrderIds.NewArm, lines, log) is { } strategy)
            {
                strategies.Add(strategy);
            }
        }

        WarnOfSharedSymbols(strategies, log);
        return new(strategies, log.Problems);
    }

    /// <summary>
    /// Writes strategies as a file: the original's fields in its order, then ours where they differ from their defaults.
    /// Instants are UTC with their offset. What the original kept of orders at the broker stays null, since it is not part of a strategy here.
    /// </summary>
    public static string Write(IEnumerable<Strategy> strategies) => StrategiesYamlWriter.Write(Root, strategies);

    private static StrategiesImport TooLarge() => Nothing("too_large", 1, "The file is larger than 1 MiB.", "Split it into several files.");

    private static StrategiesImport Nothing(string code, int line, string message, string fix) =>
        new([], [new(ImportSeverity.Error, null, line, null, code, message, fix)]);

    private static List<YamlNode> Records(string text, ImportLog log)
    {
        try
        {
            var (root, hasMore) = YamlTree.Load(text);
            if (hasMore)
            {
                log.Warn(null, 1, null, "more_documents", "The file holds more than one document; only the first was read.", "Put each document into a file of its own.");
            }

            return Entries(root, log);
        }
        catch (YamlRejectedException whole)
        {
            return Salvage(text, whole, log);
        }
    }

    private static List<YamlNode> Entries(YamlNode? root, ImportLog log)
    {
        switch (root)
        {
            case null or YamlScalar { IsNull: true }:
                log.Error(null, 1, null, "empty", "The file is empty.", Shape);
                return [];
            case YamlMap map when map.Entries.FindLast(entry => entry.Key.Text == Root) is { Key: not null } entry:
                foreach (var (key, _) in map.Entries.Where(other => other.Key != entry.Key))
                {
                    log.Warn(null, key.Line, ImportLog.Shown(key.Text), "unknown_field", "This part of the file was ignored; the last list named strategies counts.", "Remove it.");
                }

                switch (entry.Value)
                {
                    case YamlList list:
                        return list.Items;
                    case YamlScalar { IsNull: true }:
                        return [];
                    default:
                        log.Error(null, entry.Value.Line, Root, "wrong_kind", "strategies must be a list.", Shape);
                        return [];
                }

            default:
                log.Error(null, root.Line, null, "wrong_root", "The file has no strategies.", Shape);
                return [];
        }
    }

    /// <summary>The entries of a text that is no YAML as a whole, each read on its own, so that one broken entry costs no other.</summary>
    private static List<YamlNode> Salvage(string text, YamlRejectedException whole, ImportLog log)
    {
        var before = log.Errors;
        var entries = new List<YamlNode>();
        foreach (var (line, part) in Parts(text))
        {
            try
            {
                if (YamlTree.Load(part, line - 1).Root is YamlList list)
                {
                    entries.AddRange(list.Items);
                }
            }
            catch (YamlRejectedException broken)
            {
                Reject(IdIn(part), broken);
            }
        }

        if (log.Errors == before)
        {
            Reject(null, whole);
        }

        return entries;

        void Reject(string? id, YamlRejectedException reason) => log.Error(
            id, reason.Line, null, "not_yaml", $"This is not valid YAML: {ImportLog.Shown(reason.Message)}", "Correct the indentation, quotes and brackets around this line.");
    }

    private static IEnumerable<(int Line, string Text)> Parts(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var root = Array.FindIndex(lines, line => line.StartsWith(Root + ":", StringComparison.Ordinal));
        var first = root < 0 ? -1 : Array.FindIndex(lines, root + 1, line => Dash(line) >= 0);
        if (first < 0)
        {
            yield break;
        }

        var dash = Dash(lines[first]);
        for (int start = first, i = first + 1; i <= lines.Length; i++)
        {
            if (i == lines.Length || Dash(lines[i]) == dash)
            {
                yield return (start + 1, string.Join('\n', lines[start..i]));
                start = i;
            }
        }
    }

    /// <summary>The column of the dash that begins an entry; -1 when the line begins none.</summary>
    private static int Dash(string line)
    {
        var column = line.AsSpan().IndexOfAnyExcept(' ');
        return column >= 0 && line[column] == '-' && (column + 1 == line.Length || line[column + 1] == ' ') ? column : -1;
    }

    private static string? IdIn(string part)
    {
        foreach (var line in part.AsSpan().EnumerateLines())
        {
            var field = line.TrimStart(" -");
            if (field.StartsWith("id:", StringComparison.Ordinal))
            {
                return ImportLog.Shown(field[3..].Trim(" '\"").ToString());
            }
        }

        return null;
    }

    private static ImportedStrategy? One(YamlNode node, int index, DateTimeOffset now, Func<string> newArm, Dictionary<string, int> lines, ImportLog log)
    {
        if (node is not YamlMap map || map.ForeignTag is not null)
        {
            log.Error(null, node.Line, null, "wrong_kind", "An entry of strategies must be a mapping of fields.", "Write it as - symbol: ... with the other fields below.");
            return null;
        }

        var written = map.Entries.FindLast(entry => entry.Key.Text == "id").Value as YamlScalar is { IsNull: false } scalar ? scalar.Text : null;
        var shown = written is null ? null : ImportLog.Shown(written);
        var fields = new RecordFields(map, StrategyReader.Known, shown, "", log);
        var id = MapId(written, index, fields);
        if (lines.TryGetValue(id, out var earlier))
        {
            fields.Error("id", "duplicate_id", FormattableString.Invariant($"The id is that of the strategy on line {earlier}."), "Give it another id.");
            return null;
        }

        lines.Add(id, map.Line);
        return new StrategyReader(fields, shown, now, log).Read(id, newArm()) is { } strategy ? new(strategy, written, map.Line) : null;
    }

    /// <summary>The id itself when it is one; else one made of it, always the same: what is allowed of it, and a hash of the whole.</summary>
    private static string MapId(string? written, int index, RecordFields fields)
    {
        if (StrategyValidation.IsValidId(written))
        {
            return written!;
        }

        // Python's own record has no id either when the file has none; its place in the file is all that tells it apart.
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(written ?? FormattableString.Invariant($"entry {index}"))))[..8];
        var kept = string.Concat((written ?? "").Take(StrategyValidation.MaxId - hash.Length - 1).Select(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_' ? letter : '-')).Trim('-');
        var id = kept.Length > 0 ? $"{kept}-{hash}" : $"strategy-{hash}";
        fields.Warn(
            "id",
            written is null ? "id_missing" : "id_mapped",
            written is null ? $"It has no id; it was imported as {id}." : $"\"{ImportLog.Shown(written)}\" is not an id here; it was imported as {id}.",
            "Use the new id from now on: 1 to 32 of A-Z a-z 0-9 _ -.");
        return id;
    }

    private static void WarnOfSharedSymbols(List<ImportedStrategy> strategies, ImportLog log)
    {
        foreach (var group in strategies.Where(it => it.Strategy is { IsTerminal: false, AllowSharedSymbol: false }).GroupBy(it => it.Strategy.Symbol, StringComparer.Ordinal))
        {
            foreach (var (strategy, original, line) in group.Skip(1))
            {
                log.Warn(
                    original is null ? null : ImportLog.Shown(original),
                    line,
                    "symbol",
                    "shared_symbol",
                    $"{group.First().Strategy.Id} trades {strategy.Symbol}, too: only one of them trades at a time.",
                    "Set allow_shared_symbol: true on both if they may trade together.");
            }
        }
    }
}
