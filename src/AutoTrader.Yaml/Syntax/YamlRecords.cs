using System.Text;

namespace AutoTrader.Yaml.Syntax;

/// <summary>
/// The records of a file that is one list under one name. Reading never throws on a file's content: entries that are not records are
/// reported, and the others are returned. A file that is not YAML has no records: where one entry ends and the next begins is then a
/// guess, and half of a trading file is worse than none.
/// </summary>
internal static class YamlRecords
{
    /// <summary>The most characters (or bytes) of a file.</summary>
    public const int MaxLength = 1024 * 1024;

    /// <summary>The entries of the list <paramref name="root"/> in a file; null for one that was reported.</summary>
    public static IReadOnlyList<YamlMap?> Read(ReadOnlySpan<byte> utf8, string root, ImportLog log)
    {
        if (utf8.Length > MaxLength)
        {
            return TooLarge(log);
        }

        try
        {
            return Read(new UTF8Encoding(false, true).GetString(utf8), root, log);
        }
        catch (DecoderFallbackException)
        {
            log.Error(null, 1, null, "not_utf8", "The file is not UTF-8.", "Save it as UTF-8 and import again.");
            return [];
        }
    }

    /// <summary>The entries of the list <paramref name="root"/> in the text of a file; null for one that was reported.</summary>
    public static IReadOnlyList<YamlMap?> Read(string text, string root, ImportLog log)
    {
        if (text.Length > MaxLength)
        {
            return TooLarge(log);
        }

        var seen = new HashSet<YamlNode>(ReferenceEqualityComparer.Instance);
        return [.. Nodes(text.TrimStart('\ufeff'), root, log).Select(Record)];

        YamlMap? Record(YamlNode node)
        {
            if (node is not YamlMap { ForeignTag: null } map)
            {
                log.Error(
                    null,
                    node.Line,
                    null,
                    "wrong_kind",
                    $"An entry of {root} must be a mapping of fields.",
                    "Write it as - id: ... with the other fields below."
                );
                return null;
            }

            if (seen.Add(map))
            {
                return map;
            }

            log.Error(null, map.Line, null, "repeated_entry", "An alias repeats this entry.", "Write each entry once.");
            return null;
        }
    }

    private static string Shape(string root) => $"Write {root}: and below it one entry with - for each.";

    private static IReadOnlyList<YamlMap?> TooLarge(ImportLog log)
    {
        log.Error(null, 1, null, "too_large", "The file is larger than 1 MiB.", "Split it into several files.");
        return [];
    }

    private static List<YamlNode> Nodes(string text, string root, ImportLog log)
    {
        try
        {
            var (top, hasMore) = YamlTree.Load(text);
            if (hasMore)
            {
                log.Warn(
                    null,
                    1,
                    null,
                    "more_documents",
                    "The file holds more than one document; only the first was read.",
                    "Put each document into a file of its own."
                );
            }

            return Entries(top, root, log);
        }
        catch (YamlRejectedException whole)
        {
            ReportBroken(text, root, whole, log);
            return [];
        }
    }

    private static List<YamlNode> Entries(YamlNode? top, string root, ImportLog log)
    {
        switch (top)
        {
            case null or YamlScalar { IsNull: true }:
                log.Error(null, 1, null, "empty", "The file is empty.", Shape(root));
                return [];
            case YamlMap map when map.Entries.FindLast(entry => entry.Key.Text == root) is { Key: not null } entry:
                foreach (var (key, _) in map.Entries.Where(other => other.Key != entry.Key))
                {
                    log.Warn(
                        null,
                        key.Line,
                        ImportLog.Display(key.Text),
                        "unknown_field",
                        $"This part of the file was ignored; the last list named {root} counts.",
                        "Remove it."
                    );
                }

                switch (entry.Value)
                {
                    case YamlList list:
                        return list.Items;
                    case YamlScalar { IsNull: true }:
                        return [];
                    default:
                        log.Error(null, entry.Value.Line, root, "wrong_kind", $"{root} must be a list.", Shape(root));
                        return [];
                }

            default:
                log.Error(null, top.Line, null, "wrong_root", $"The file has no {root}.", Shape(root));
                return [];
        }
    }

    /// <summary>Reports each broken entry of a text that is not YAML, and not only the first.</summary>
    private static void ReportBroken(string text, string root, YamlRejectedException whole, ImportLog log)
    {
        var before = log.Errors;
        foreach (var (line, part) in Parts(text, root))
        {
            try
            {
                YamlTree.Load(part, line - 1);
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

        void Reject(string? id, YamlRejectedException reason) =>
            log.Error(
                id,
                reason.Line,
                null,
                "not_yaml",
                $"This is not valid YAML, so nothing of the file was imported: {ImportLog.Display(reason.Message)}",
                "Correct the indentation, quotes and brackets around this line."
            );
    }

    private static IEnumerable<(int Line, string Text)> Parts(string text, string root)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var top = Array.FindIndex(lines, line => line.StartsWith(root + ":", StringComparison.Ordinal));
        var first = top < 0 ? -1 : Array.FindIndex(lines, top + 1, line => Dash(line) >= 0);
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
                return ImportLog.Display(field[3..].Trim(" '\"").ToString());
            }
        }

        return null;
    }
}
