using System.Globalization;
using System.Text.Json;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Functions.Http;

/// <summary>Reads values by their <see cref="Field"/>s and collects everything that is wrong with them.</summary>
internal sealed class FieldReader
{
    private const string Unknown = "unknown_field";
    private const string ReadOnly = "read_only_field";
    private const string Duplicate = "duplicate_field";
    private const int MostProblems = 50;
    private const int MaxNumberLength = 64;
    private const int MaxDecimals = 10;

    private readonly List<FieldProblem> _problems = [];

    public IReadOnlyList<FieldProblem> Problems => _problems;

    /// <summary>Fields of a change that were sent as they were.</summary>
    public Dictionary<string, JsonElement> SentBack { get; } = new(StringComparer.Ordinal);

    /// <summary>Those of <see cref="SentBack"/> that are another now: of these it is a change.</summary>
    public Fields ReadMoved(JsonElement present, IReadOnlyList<Field> fields)
    {
        var values = new Fields();
        foreach (var (name, sent) in SentBack)
        {
            if (
                !(present.TryGetProperty(name, out var now) && IsSame(sent, now))
                && Value(fields.First(field => field.Name == name), sent, name) is var (ok, value)
                && ok
            )
            {
                values.Set(name, value);
            }
        }

        return values;
    }

    /// <summary>Reads the fields of a JSON object.</summary>
    /// <param name="element">The object.</param>
    /// <param name="fields">The fields that it may have.</param>
    /// <param name="prefix">The path of the object.</param>
    /// <param name="present">For a change, the current resource as the API returns it: fields that are sent back unchanged change nothing,
    /// and are kept in <see cref="SentBack"/>.</param>
    /// <param name="changedBy">By which other endpoint a field that is shown is changed.</param>
    public Fields ReadObject(
        JsonElement element,
        IReadOnlyList<Field> fields,
        string prefix = "",
        JsonElement? present = null,
        IReadOnlyDictionary<string, string>? changedBy = null
    )
    {
        var values = new Fields();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in element.EnumerateObject())
        {
            var name = NameOf(property);
            var path = prefix + Display(name);
            if (!seen.Add(name))
            {
                Add(path, Duplicate, $"{path} is given twice.");
            }
            else if (present is { } now && now.TryGetProperty(name, out var same) && IsSame(property.Value, same))
            {
                if (fields.Any(field => field.Name == name))
                {
                    SentBack[name] = property.Value.Clone();
                }
            }
            else if (present?.TryGetProperty(name, out _) == true && fields.All(field => field.Name != name))
            {
                Add(
                    path,
                    ReadOnly,
                    changedBy?.GetValueOrDefault(name) is { } other
                        ? $"{path} is changed by {other}. Omit it, or send it unchanged."
                        : $"{path} is read-only. Omit it, or send it unchanged."
                );
            }
            else if (fields.FirstOrDefault(field => field.Name == name) is not { } field)
            {
                Add(path, Unknown, $"There is no field {path} here. There are: {string.Join(", ", fields.Select(known => known.Name))}.");
            }
            else if (Value(field, property.Value, path) is var (ok, value) && ok)
            {
                values.Set(field.Name, value);
            }
        }

        foreach (var missing in fields.Where(field => field.Required && !seen.Contains(field.Name)))
        {
            Add(prefix + missing.Name, FieldProblem.Required, $"{prefix}{missing.Name} is missing: {missing.Description}");
        }

        return values;
    }

    /// <summary>Reads one value written as text, as queries have them.</summary>
    public void ReadText(Field field, string text, Fields into)
    {
        var (ok, value) = field.Kind switch
        {
            FieldKind.Flag => text is "true" or "false"
                ? (true, text == "true")
                : Wrong(field.Name, $"{field.Name} must be true or false."),
            FieldKind.Whole or FieldKind.Number => NumberOf(field, text, field.Name),
            _ => TextOf(field, text, field.Name),
        };
        if (ok)
        {
            into.Set(field.Name, value);
        }
    }

    public void Add(string field, string code, string message)
    {
        if (_problems.Count < MostProblems)
        {
            _problems.Add(new(field, code, message));
        }
    }

    /// <summary>What someone sent, as it can be shown in an answer.</summary>
    public static string Display(string text)
    {
        const int Most = 60;
        var clean = string.Concat(text.Take(Most).Select(letter => letter is >= ' ' and < '\u007f' ? letter : '?'));
        return text.Length > Most ? clean + "..." : clean;
    }

    private (bool Ok, object? Value) Value(Field field, JsonElement element, string path)
    {
        if (element.ValueKind == JsonValueKind.Null)
        {
            return field.Nullable ? (true, null) : Wrong(path, $"{path} must not be null.");
        }

        return (field.Kind, element.ValueKind) switch
        {
            (FieldKind.Text or FieldKind.Choice, JsonValueKind.String) => StringOf(element) is { } text
                ? TextOf(field, text, path)
                : Wrong(path, $"{path} is not a valid text."),
            (FieldKind.Flag, JsonValueKind.True or JsonValueKind.False) => (true, element.GetBoolean()),
            (FieldKind.Whole or FieldKind.Number, JsonValueKind.Number) => NumberOf(field, element.GetRawText(), path),
            (FieldKind.Whole or FieldKind.Number, JsonValueKind.String) => NumberOf(field, StringOf(element) ?? "", path),
            (FieldKind.Part, JsonValueKind.Object) => (true, ReadObject(element, field.Parts, path + ".")),
            (FieldKind.List, JsonValueKind.Array) => ItemsOf(field, element, path),
            _ => Wrong(path, $"{path} must be {Kind(field)}."),
        };
    }

    private static bool IsSame(JsonElement given, JsonElement present)
    {
        try
        {
            return JsonElement.DeepEquals(given, present);
        }
        catch (InvalidOperationException)
        {
            // As in StringOf: a value that is not text differs from the returned one.
            return false;
        }
    }

    // A lone half of a surrogate pair is valid JSON and no text.
    private static string? StringOf(JsonElement element)
    {
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return "\ufffd";
        }
    }

    private (bool Ok, object? Value) ItemsOf(Field field, JsonElement element, string path)
    {
        if (element.GetArrayLength() > field.MaxItems)
        {
            return Wrong(path, FormattableString.Invariant($"{path} has at most {field.MaxItems} items."), FieldProblem.TooLong);
        }

        var items = new List<Fields>();
        var index = 0;
        foreach (var item in element.EnumerateArray())
        {
            var place = FormattableString.Invariant($"{path}[{index++}]");
            if (item.ValueKind == JsonValueKind.Object)
            {
                items.Add(ReadObject(item, field.Parts, place + "."));
            }
            else
            {
                Add(
                    place,
                    FieldProblem.Malformed,
                    $"{place} must be an object with {string.Join(" and ", field.Parts.Select(part => part.Name))}."
                );
            }
        }

        return (true, items);
    }

    private (bool Ok, object? Value) TextOf(Field field, string text, string path)
    {
        if (text.Length > field.MaxLength)
        {
            return Wrong(path, FormattableString.Invariant($"{path} has at most {field.MaxLength} characters."), FieldProblem.TooLong);
        }

        if (!field.IsFile && text.Any(letter => IsBarred(letter, field.Multiline)))
        {
            return Wrong(path, $"{path} must not hold control characters.");
        }

        if (field.Kind != FieldKind.Choice)
        {
            return text.Length > 0 || field.Nullable ? (true, text) : Wrong(path, $"{path} must not be empty.");
        }

        // Some names may be written with hyphens, too.
        var choice = text.Replace('-', '_');
        return field.Choices.Contains(choice, StringComparer.Ordinal)
            ? (true, choice)
            : Wrong(path, $"{path} must be one of {string.Join(", ", field.Choices)}.");
    }

    private (bool Ok, object? Value) NumberOf(Field field, string text, string path)
    {
        if (
            text.Length > MaxNumberLength
            || !decimal.TryParse(
                text,
                NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
                CultureInfo.InvariantCulture,
                out var number
            )
        )
        {
            return Wrong(path, $"{path} must be {Kind(field)}.");
        }

        // A number too small for a decimal reads as zero, which is a different number.
        if (number == 0 && text.TakeWhile(letter => letter is not ('e' or 'E')).Any(letter => letter is >= '1' and <= '9'))
        {
            return TooFine(path);
        }

        if (number < field.Min || number > field.Max)
        {
            return Wrong(
                path,
                FormattableString.Invariant($"{path} must be {field.Min:0.####} to {field.Max:0.####}."),
                FieldProblem.OutOfRange
            );
        }

        if (field.Kind == FieldKind.Whole && number != decimal.Truncate(number))
        {
            return Wrong(path, $"{path} must be a whole number.");
        }

        return decimal.Round(number, MaxDecimals) == number ? (true, number) : TooFine(path);
    }

    private (bool Ok, object? Value) TooFine(string path) =>
        Wrong(path, FormattableString.Invariant($"{path} has at most {MaxDecimals} decimals."));

    private static bool IsBarred(char letter, bool multiline) =>
        char.IsControl(letter)
            ? !(multiline && letter is '\n' or '\r' or '\t')
            : letter is '\u2028' or '\u2029' or '\ufeff' or '\ufffe' or '\uffff' || StrategyValidation.IsBidirectionalControl(letter);

    private static string Kind(Field field) =>
        field.Kind switch
        {
            FieldKind.Text => "a text",
            FieldKind.Whole => "a whole number",
            FieldKind.Number => "a number, or a text that holds one",
            FieldKind.Flag => "true or false",
            FieldKind.Choice => "one of " + string.Join(", ", field.Choices),
            FieldKind.Part => "an object",
            _ => "a list",
        };

    private (bool Ok, object? Value) Wrong(string path, string message, string code = FieldProblem.Malformed)
    {
        Add(path, code, message);
        return (false, null);
    }
}
