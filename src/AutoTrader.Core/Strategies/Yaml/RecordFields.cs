using System.Globalization;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Market;

namespace AutoTrader.Core.Strategies.Yaml;

/// <summary>The fields of one mapping, read by kind. What cannot be read is reported, and reads as absent.</summary>
internal sealed class RecordFields
{
    private static readonly string[] InstantForms =
        ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFF K", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd HH:mmK", "yyyy-MM-dd"];

    private readonly Dictionary<string, YamlNode> _fields = new(StringComparer.Ordinal);
    private readonly HashSet<string> _reported = new(StringComparer.Ordinal);
    private readonly string? _id;
    private readonly string _prefix;
    private readonly ImportLog _log;

    /// <param name="map">The mapping.</param>
    /// <param name="known">The fields that may be in it; others are reported and ignored.</param>
    /// <param name="id">The id of the record, for reports.</param>
    /// <param name="prefix">What stands before a field's name in reports: <c>grid_config.</c></param>
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

    /// <summary>The field as it is; null when it is absent, null, or already reported.</summary>
    public YamlNode? Node(string field) => !IsReported(field) && _fields.GetValueOrDefault(field) is { } node and not YamlScalar { IsNull: true } ? node : null;

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

    /// <summary>A decimal, written as a number or as text; null when absent.</summary>
    public decimal? Number(string field)
    {
        if (Text(field) is not { } text)
        {
            return null;
        }

        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        Error(field, "not_a_number", $"\"{ImportLog.Shown(text)}\" is not a number.", "Write a number with a decimal point, without thousands separators, currency or percent sign.");
        return null;
    }

    /// <summary>A whole number; a fraction is cut off and reported, as the original cut it off in silence.</summary>
    public int? Whole(string field)
    {
        if (Number(field) is not { } number)
        {
            return null;
        }

        if (number is < int.MinValue or > int.MaxValue)
        {
            Error(field, StrategyValidation.OutOfRange, $"{field} is far too large.", "Write a smaller number.");
            return null;
        }

        var whole = (int)decimal.Truncate(number);
        if (whole != number)
        {
            Warn(field, "truncated", string.Create(CultureInfo.InvariantCulture, $"{number} is not a whole number; it was read as {whole}."), "Write a whole number.");
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
                Error(field, StrategyValidation.Malformed, $"{field} must be true or false.", "Write true or false.");
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

        if (Words.Parse<T>(text.Trim().Replace('-', '_').ToLowerInvariant()) is { } word)
        {
            return word;
        }

        Error(field, "unknown_value", $"\"{ImportLog.Shown(text)}\" is not a {field}.", "Write one of: " + string.Join(", ", Enum.GetValues<T>().Select(value => Words.Of(value))) + ".");
        return null;
    }

    /// <summary>An instant (UTC), and whether its text named an offset; without one it is New York time. A time that a clock change skips is the first instant after it, one that it repeats is the first.</summary>
    public (DateTimeOffset Instant, bool HasOffset)? Instant(string field)
    {
        if (Text(field)?.Trim() is not { } text)
        {
            return null;
        }

        // Far years would leave the range of instants when they are moved between zones.
        if (!DateTimeOffset.TryParseExact(text, InstantForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed) || parsed.Year is < 1970 or > 2200)
        {
            Error(field, StrategyValidation.Malformed, $"\"{ImportLog.Shown(text)}\" is not a time.", "Write it as 2026-01-30T09:35:00 (New York time), or with an offset as 2026-01-30T14:35:00+00:00.");
            return null;
        }

        var clock = text.IndexOf(':', StringComparison.Ordinal);
        var hasOffset = text.EndsWith('Z') || (clock > 0 && text.AsSpan(clock).IndexOfAny('+', '-') >= 0);
        return (hasOffset ? parsed.ToUniversalTime() : FromNewYork(parsed.DateTime), hasOffset);
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
                Error(field, StrategyValidation.TooLong, FormattableString.Invariant($"{field} has more than {most} entries."), "Write fewer.");
                return [];
            default:
                Error(field, "wrong_kind", $"{field} must be a list.", $"Write {field}: and below it one line with - for each entry.");
                return [];
        }
    }

    private static DateTimeOffset FromNewYork(DateTime local)
    {
        var zone = TradingCalendar.Nyse.NewYork;
        local = DateTime.SpecifyKind(local, DateTimeKind.Unspecified);
        if (zone.IsInvalidTime(local))
        {
            local = new DateTime(local.Year, local.Month, local.Day, local.Hour, local.Minute, 0, DateTimeKind.Unspecified);
            while (zone.IsInvalidTime(local))
            {
                local = local.AddMinutes(1);
            }
        }

        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    private void Enter(YamlScalar key, YamlNode value, IReadOnlySet<string> known)
    {
        var name = key.Text;
        if (name == "<<")
        {
            _reported.Add(name);
            _log.Error(_id, key.Line, _prefix + name, "merge_key", "Merge keys are not read.", "Write the merged fields out.");
        }
        else if (!known.Contains(name))
        {
            _log.Warn(_id, key.Line, _prefix + ImportLog.Shown(name), "unknown_field", "This field is not known; it was ignored.", "Remove it, or correct its name.");
        }
        else
        {
            if (_fields.ContainsKey(name))
            {
                _log.Warn(_id, key.Line, _prefix + name, "duplicate_field", $"{name} is there more than once; the last one counts.", "Remove the others.");
            }

            _fields[name] = value;
            if (value.ForeignTag is not null)
            {
                Error(name, "foreign_tag", $"The tag {ImportLog.Shown(value.ForeignTag)} is not read.", "Write the plain value.");
            }
        }
    }
}
