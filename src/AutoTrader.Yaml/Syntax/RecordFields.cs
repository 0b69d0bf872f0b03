using System.Globalization;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Yaml.Syntax;

/// <summary>The fields of one mapping, read by kind. What cannot be read is reported, and reads as absent.</summary>
internal sealed class RecordFields
{
    private const string ReadOtherwise = "read_otherwise";
    private const string DateAlone = "yyyy-MM-dd";

    private static readonly string[] InstantForms =
    [
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
        "yyyy-MM-dd HH:mm:ss.FFFFFFFK",
        "yyyy-MM-dd HH:mm:ss.FFFFFFF K",
        "yyyy-MM-dd'T'HH:mmK",
        "yyyy-MM-dd HH:mmK",
        "yyyy-MM-dd HH:mm K",
        DateAlone,
    ];

    private readonly Dictionary<string, YamlNode> _fields = new(StringComparer.Ordinal);
    private readonly HashSet<string> _reported = new(StringComparer.Ordinal);
    private readonly string? _id;
    private readonly string _prefix;
    private readonly ImportLog _log;

    /// <param name="map">The mapping.</param>
    /// <param name="known">The fields that may be in it; others are reported and ignored.</param>
    /// <param name="id">The id of the record, for reports.</param>
    /// <param name="prefix">The prefix of a field's name in reports: <c>grid_config.</c></param>
    /// <param name="log">Takes the reports.</param>
    public RecordFields(YamlMap map, IReadOnlySet<string> known, string? id, string prefix, ImportLog log)
    {
        (_id, _prefix, _log) = (id, prefix, log);
        Line = map.Line;
        foreach (var (key, value) in map.Entries)
        {
            Enter(key, value, known);
        }
    }

    /// <summary>The line on which the mapping begins.</summary>
    public int Line { get; }

    /// <summary>Whether something was reported as an error.</summary>
    public bool IsBroken => _reported.Count > 0;

    /// <summary>Whether an error was reported for this field.</summary>
    public bool IsReported(string field) => _reported.Contains(field);

    /// <summary>The line of a field; that of the mapping when it has none.</summary>
    public int LineOf(string field) => _fields.TryGetValue(field, out var node) ? node.Line : Line;

    /// <summary>The field's value; null when it is absent, null, or already reported.</summary>
    public YamlNode? Node(string field) =>
        !IsReported(field) && _fields.GetValueOrDefault(field) is { } node and not YamlScalar { IsNull: true } ? node : null;

    /// <summary>Notes that an error about a part of the field was reported.</summary>
    public void Reject(string field) => _reported.Add(field);

    /// <summary>Reports an error about a field.</summary>
    public void Error(string field, string code, string message, string fix)
    {
        _reported.Add(field);
        _log.Error(_id, LineOf(field), _prefix + field, code, message, fix);
    }

    /// <summary>Reports a warning about a field.</summary>
    public void Warn(string? field, string code, string message, string fix) =>
        _log.Warn(_id, field is null ? Line : LineOf(field), field is null ? null : _prefix + field, code, message, fix);

    /// <summary>The text of a field; null when it is absent, null, or no text.</summary>
    public string? Text(string field)
    {
        switch (Node(field))
        {
            case null:
                return null;
            case YamlScalar scalar:
                return scalar.Text;
            default:
                Error(field, "wrong_kind", $"{field} must be a single value.", $"Write {field}: and one value behind it.");
                return null;
        }
    }

    /// <summary>A text that the Python AutoTrader may have read as something else; if so, that is reported.</summary>
    public string? Word(string field)
    {
        if (Text(field) is { } text && IsPlain(field) && Yaml11Reading.Text(text) is { } otherwise)
        {
            Warn(
                field,
                ReadOtherwise,
                $"{ImportLog.Display(text)} was read as the text \"{ImportLog.Display(text)}\"; the Python AutoTrader read it "
                    + $"as {otherwise}.",
                "Put it in quotes to keep the text."
            );
        }

        return Text(field);
    }

    private bool IsPlain(string field) => Node(field) is YamlScalar { IsQuoted: false };

    /// <summary>A decimal, written as a number or as text; null when absent.</summary>
    public decimal? Number(string field)
    {
        if (Text(field) is not { } text)
        {
            return null;
        }

        var otherwise = IsPlain(field) ? Yaml11Reading.Number(text) : null;
        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            if (otherwise is not null && otherwise != number.ToString(CultureInfo.InvariantCulture))
            {
                Warn(
                    field,
                    ReadOtherwise,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{text} was read as {number}; the Python AutoTrader read it as {otherwise}."
                    ),
                    "Write the number without leading zeros."
                );
            }

            return number;
        }

        Error(
            field,
            "not_a_number",
            $"\"{ImportLog.Display(text)}\" is not a number{(otherwise is null ? "" : $"; the Python AutoTrader read it as {otherwise}")}.",
            "Write a number with a decimal point, without thousands separators, currency or percent sign."
        );
        return null;
    }

    /// <summary>A whole number; a fraction is cut off and reported (the Python AutoTrader cut it off silently).</summary>
    public int? Whole(string field)
    {
        if (Number(field) is not { } number)
        {
            return null;
        }

        if (number is < int.MinValue or > int.MaxValue)
        {
            Error(field, FieldProblem.OutOfRange, $"{field} is far too large.", "Write a smaller number.");
            return null;
        }

        var whole = (int)decimal.Truncate(number);
        if (whole != number)
        {
            Warn(
                field,
                "truncated",
                string.Create(CultureInfo.InvariantCulture, $"{number} is not a whole number; it was read as {whole}."),
                "Write a whole number."
            );
        }

        return whole;
    }

    /// <summary>Yes or no in the spellings of YAML 1.1.</summary>
    public bool Flag(string field, bool otherwise)
    {
        switch (Text(field)?.ToUpperInvariant())
        {
            case null:
                return otherwise;
            case "TRUE" or "YES" or "ON":
                return true;
            case "FALSE" or "NO" or "OFF":
                return false;
            default:
                Error(field, FieldProblem.Malformed, $"{field} must be true or false.", "Write true or false.");
                return otherwise;
        }
    }

    /// <summary>One of the words of <typeparamref name="T"/>; hyphens and capitals do not matter.</summary>
    public T? Word<T>(string field)
        where T : struct, Enum
    {
        if (Text(field) is not { } text)
        {
            return null;
        }

        if (WireNames.Parse<T>(text.Trim().Replace('-', '_').ToLowerInvariant()) is { } word)
        {
            return word;
        }

        Error(
            field,
            "unknown_value",
            $"\"{ImportLog.Display(text)}\" is not a {field}.",
            "Write one of: " + string.Join(", ", Enum.GetValues<T>().Select(value => WireNames.Of(value))) + "."
        );
        return null;
    }

    /// <summary>An instant (UTC), and whether its text named an offset; without one it is local time. A time that a clock change skips is
    /// the first instant after it, one that it repeats is the first.</summary>
    /// <param name="field">The field.</param>
    /// <param name="zone">The zone of local times; New York when null.</param>
    /// <param name="ofDate">The time of day of a date alone.</param>
    public (DateTimeOffset Instant, bool HasOffset)? Instant(string field, TimeZoneInfo? zone = null, TimeOnly ofDate = default)
    {
        if (Text(field)?.Trim() is not { } text)
        {
            return null;
        }

        // Far years would leave the range of instants when they are moved between zones.
        if (
            !DateTimeOffset.TryParseExact(text, InstantForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed)
            || parsed.Year is < 1970 or > 2200
        )
        {
            Error(
                field,
                FieldProblem.Malformed,
                $"\"{ImportLog.Display(text)}\" is not a time.",
                $"Write it as 2026-01-30T09:35:00 ({zone?.Id ?? "New York"} time), or with an offset as 2026-01-30T14:35:00+00:00."
            );
            return null;
        }

        var clock = text.IndexOf(':', StringComparison.Ordinal);
        if (text.EndsWith('Z') || (clock > 0 && text.AsSpan(clock).IndexOfAny('+', '-') >= 0))
        {
            return (parsed.ToUniversalTime(), true);
        }

        var local = text.Length == DateAlone.Length ? parsed.DateTime.Date + ofDate.ToTimeSpan() : parsed.DateTime;
        return (LocalTimes.Resolve(local, zone ?? TradingCalendar.Nyse.NewYork), false);
    }

    /// <summary>A distance from the open or the close of sessions; null when absent.</summary>
    public MarketTime? Market(string field)
    {
        if (Text(field) is not { } text)
        {
            return null;
        }

        if (!MarketTime.TryParse(text, out var time))
        {
            Error(
                field,
                FieldProblem.Malformed,
                $"\"{ImportLog.Display(text)}\" is not a market time.",
                "Write for example open, open+5m or close-10m."
            );
        }

        return time;
    }

    /// <summary>A value that must be there: reports its absence, unless it was reported already, and reads it as the default
    /// then.</summary>
    public T Needed<T>(string field, Func<string, T?> read)
        where T : struct
    {
        var value = read(field);
        if (value is null && !IsReported(field))
        {
            Error(field, FieldProblem.Required, $"{field} is missing.", $"Add {field}.");
        }

        return value ?? default;
    }

    /// <summary>A mapping within the record; null, with a report about <paramref name="field"/>, when the node is none.</summary>
    /// <param name="node">The mapping.</param>
    /// <param name="name">Its name in reports.</param>
    /// <param name="field">The field that it is, or is in.</param>
    /// <param name="known">The fields that may be in it.</param>
    public RecordFields? Part(YamlNode node, string name, string field, IReadOnlySet<string> known)
    {
        if (node is YamlMap { ForeignTag: null } map)
        {
            return new(map, known, _id, name + ".", _log);
        }

        Error(
            field,
            "wrong_kind",
            $"{name} must be a mapping.",
            "Write " + string.Join(", ", known.Select(key => key + ":")) + " with a value each."
        );
        return null;
    }

    /// <summary>Ends the reading of a part: its problems become the record's.</summary>
    public void Close(RecordFields part, string field)
    {
        if (part.IsBroken)
        {
            Reject(field);
        }
    }

    /// <summary>The text without the control characters that no store can carry; their removal is reported.</summary>
    public string Clean(string field, string text)
    {
        if (StrategyValidation.IsPrintable(text))
        {
            return text;
        }

        Warn(field, FieldProblem.Malformed, $"{field} had control characters; they were removed.", "Remove them.");
        var clean = string.Concat(
            text.EnumerateRunes()
                .Where(rune => !rune.IsBmp || StrategyValidation.IsPrintable((char)rune.Value))
                .Select(rune => rune.ToString())
        );
        return clean.Replace("\ufffd", "", StringComparison.Ordinal);
    }

    /// <summary>The items of a list; none when absent. More than <paramref name="most"/> are an error.</summary>
    public IReadOnlyList<YamlNode> List(string field, int most)
    {
        switch (Node(field))
        {
            case null:
                return [];
            case YamlList list when list.Items.Count <= most:
                return list.Items;
            case YamlList:
                Error(field, FieldProblem.TooLong, FormattableString.Invariant($"{field} has more than {most} entries."), "Write fewer.");
                return [];
            default:
                Error(field, "wrong_kind", $"{field} must be a list.", $"Write {field}: and below it one line with - for each entry.");
                return [];
        }
    }

    private void Enter(YamlScalar key, YamlNode value, IReadOnlySet<string> known)
    {
        var name = key.Text;
        if (name == "<<")
        {
            _reported.Add(name);
            _log.Error(_id, key.Line, _prefix + name, "merge_key", "Merge keys are not supported.", "Write the merged fields out.");
        }
        else if (!known.Contains(name))
        {
            _log.Warn(
                _id,
                key.Line,
                _prefix + ImportLog.Display(name),
                "unknown_field",
                "This field is unknown and was ignored.",
                "Remove it, or correct its name."
            );
        }
        else
        {
            if (_fields.ContainsKey(name))
            {
                _log.Warn(
                    _id,
                    key.Line,
                    _prefix + name,
                    "duplicate_field",
                    $"{name} occurs more than once; the last one was used.",
                    "Remove the others."
                );
            }

            _fields[name] = value;
            if (value.ForeignTag is not null)
            {
                Error(name, "foreign_tag", $"The tag {ImportLog.Display(value.ForeignTag)} is not supported.", "Write the plain value.");
            }
        }
    }
}
