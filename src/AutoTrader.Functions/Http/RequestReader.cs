using System.Text.Json;
using System.Text.Json.Nodes;
using AutoTrader.Core.Application;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;
using Microsoft.Extensions.Primitives;

namespace AutoTrader.Functions.Http;

/// <summary>
/// Reads request records strictly: unknown and repeated members, wrong kinds and values out of bounds are problems, and all of them are
/// told at once. System.Text.Json makes the record of what is left, in which there is nothing wrong.
/// </summary>
internal sealed class RequestReader
{
    private const string Unknown = "unknown_field";
    private const string ReadOnly = "read_only_field";
    private const string Duplicate = "duplicate_field";
    private const int MostProblems = 50;

    private readonly List<FieldProblem> _problems = [];

    // Members of a change that were sent as they were.
    private readonly Dictionary<string, JsonElement> _sentBack = new(StringComparer.Ordinal);

    /// <exception cref="RefusedException">Something is wrong; it names everything that is.</exception>
    public void Require()
    {
        if (_problems.Count > 0)
        {
            throw new RefusedException(Refusal.Invalid, ErrorCodes.ValidationError, string.Join(" ", _problems.Select(it => it.Message)))
            {
                Fields = [.. _problems],
            };
        }
    }

    /// <summary>The members that were sent back as they were, and are another now: of these it is a change.</summary>
    public JsonObject ReadMoved(JsonElement present, IReadOnlyList<RequestMember> members)
    {
        var values = new JsonObject();
        foreach (var member in members)
        {
            var isNow = present.TryGetProperty(member.Name, out var now);
            if (_sentBack.TryGetValue(member.Name, out var sent) && !(isNow && IsSame(sent, now)))
            {
                values[member.Name] = ValueOf(member, sent, member.Name);
            }
        }

        return values;
    }

    /// <summary>Reads a JSON object.</summary>
    /// <param name="element">The object.</param>
    /// <param name="members">The members that it may have.</param>
    /// <param name="prefix">The path of the object.</param>
    /// <param name="present">For a change, the current resource as the API returns it: members that are sent back unchanged change nothing.
    /// </param>
    /// <param name="changedBy">By which other endpoint a member that is shown is changed.</param>
    public JsonObject Read(
        JsonElement element,
        IReadOnlyList<RequestMember> members,
        string prefix = "",
        JsonElement? present = null,
        IReadOnlyDictionary<string, string>? changedBy = null
    )
    {
        var values = new JsonObject();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in element.EnumerateObject())
        {
            var name = NameOf(property);
            var path = prefix + Display(name);
            var member = members.FirstOrDefault(it => it.Name == name);
            JsonElement now = default;
            var isShown = present?.TryGetProperty(name, out now) == true;
            if (!seen.Add(name))
            {
                Add(path, Duplicate, $"{path} is given twice.");
            }
            else if (isShown && IsSame(property.Value, now))
            {
                _sentBack[name] = property.Value;
            }
            else if (member is not null)
            {
                values[name] = ValueOf(member, property.Value, path);
            }
            else if (isShown)
            {
                Add(
                    path,
                    ReadOnly,
                    changedBy?.GetValueOrDefault(name) is { } other
                        ? $"{path} is changed by {other}. Omit it, or send it unchanged."
                        : $"{path} is read-only. Omit it, or send it unchanged."
                );
            }
            else
            {
                Add(path, Unknown, $"There is no field {path} here. There are: {string.Join(", ", members.Select(it => it.Name))}.");
            }
        }

        foreach (var missing in Missing(members, seen, values))
        {
            Add(prefix + missing.Name, FieldProblem.Required, $"{prefix}{missing.Name} is missing: {missing.Description}");
        }

        return values;
    }

    /// <summary>Reads the parameters of a query.</summary>
    public JsonObject Read(IEnumerable<KeyValuePair<string, StringValues>> query, IReadOnlyList<RequestMember> members)
    {
        var values = new JsonObject();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, texts) in query)
        {
            seen.Add(name);
            if (members.FirstOrDefault(it => it.Name == name) is not { } member)
            {
                var shown = Display(name);
                Add(
                    shown,
                    "unknown_parameter",
                    $"There is no parameter {shown} here."
                        + (members.Count == 0 ? "" : $" There are: {string.Join(", ", members.Select(it => it.Name))}.")
                );
            }
            else if (texts is not [{ } text])
            {
                Add(name, "duplicate_parameter", $"{name} is given twice.");
            }
            else
            {
                values[name] = ValueOf(member, ElementOf(member, text), name);
            }
        }

        foreach (var missing in Missing(members, seen, values))
        {
            Add(missing.Name, FieldProblem.Required, $"The parameter {missing.Name} is missing: {missing.Description}");
        }

        return values;
    }

    /// <summary>What someone sent, as it can be shown in an answer.</summary>
    public static string Display(string text)
    {
        const int Most = 60;
        var clean = string.Concat(text.Take(Most).Select(letter => letter is >= ' ' and < '\u007f' ? letter : '?'));
        return text.Length > Most ? clean + "..." : clean;
    }

    /// <summary>The required members that are not there; others that are not there and cannot be absent are null.</summary>
    private static IEnumerable<RequestMember> Missing(IReadOnlyList<RequestMember> members, HashSet<string> seen, JsonObject values)
    {
        foreach (var member in members.Where(member => !member.IsOptional && !seen.Contains(member.Name)))
        {
            if (member.IsRequired)
            {
                yield return member;
            }
            else
            {
                values[member.Name] = null;
            }
        }
    }

    /// <summary>A value with its spellings made one, for the record; null also for one that is wrong.</summary>
    private JsonNode? ValueOf(RequestMember member, JsonElement element, string path) =>
        (member.Kind, element.ValueKind) switch
        {
            (_, JsonValueKind.Null) => member.IsNullable ? null : Wrong(path, $"{path} must not be null."),
            (MemberKind.Text, JsonValueKind.String) => TextOf(member, element, path),
            (MemberKind.Choice, JsonValueKind.String) => ChoiceOf(member, element, path),
            (MemberKind.Whole or MemberKind.Number, JsonValueKind.Number or JsonValueKind.String) => NumberOf(member, element, path),
            (MemberKind.Part, JsonValueKind.Object) => Read(element, member.Parts, path + "."),
            (MemberKind.List, JsonValueKind.Array) => ItemsOf(member, element, path),
            // Before 1900 there are no prices.
            (MemberKind.Instant, _) when TryRead(element, member.Type, out var at) is null && ((DateTimeOffset)at!).Year >= 1900 =>
                JsonValue.Create(element),
            (MemberKind.Flag or MemberKind.Day, _) when TryRead(element, member.Type, out _) is null => JsonValue.Create(element),
            _ => Wrong(path, $"{path} must be {member.Meaning}."),
        };

    private JsonNode? TextOf(RequestMember member, JsonElement element, string path)
    {
        // A lone half of a surrogate pair is valid JSON and no text.
        if (TryRead(element, typeof(string), out var read) is not null)
        {
            return Wrong(path, $"{path} is not a valid text.");
        }

        var text = (string)read!;
        return text.Length > member.MaxLength
                ? Wrong(path, FormattableString.Invariant($"{path} has at most {member.MaxLength} characters."), FieldProblem.TooLong)
            : !member.IsFile && text.Any(letter => IsBarred(letter, member.IsMultiline))
                ? Wrong(path, $"{path} must not hold control characters.")
            : text.Length == 0 && !member.IsNullable ? Wrong(path, $"{path} must not be empty.")
            : JsonValue.Create(text);
    }

    // Some names may be written with hyphens, too.
    private JsonNode? ChoiceOf(RequestMember member, JsonElement element, string path) =>
        TryRead(element, typeof(string), out var read) is null
        && ((string)read!).Replace('-', '_') is var choice
        && member.Choices.Contains(choice, StringComparer.Ordinal)
            ? JsonValue.Create(choice)
            : Wrong(path, $"{path} must be {member.Meaning}.");

    private JsonNode? NumberOf(RequestMember member, JsonElement element, string path)
    {
        if (TryRead(element, typeof(decimal), out var read) is { } problem)
        {
            return Wrong(path, $"{path} {(problem == ContractJson.TooFine ? problem : $"must be {member.Meaning}.")}");
        }

        var number = (decimal)read!;
        return number < member.Min || number > member.Max
                ? Wrong(
                    path,
                    FormattableString.Invariant($"{path} must be {member.Min:0.####} to {member.Max:0.####}."),
                    FieldProblem.OutOfRange
                )
            : member.Kind == MemberKind.Number ? JsonValue.Create(number)
            : number == decimal.Truncate(number) ? JsonValue.Create((int)number)
            : Wrong(path, $"{path} must be {member.Meaning}.");
    }

    private JsonArray? ItemsOf(RequestMember member, JsonElement element, string path)
    {
        if (element.GetArrayLength() > member.MaxLength)
        {
            Add(path, FieldProblem.TooLong, FormattableString.Invariant($"{path} has at most {member.MaxLength} items."));
            return null;
        }

        var items = new JsonArray();
        foreach (var (index, item) in element.EnumerateArray().Index())
        {
            var place = FormattableString.Invariant($"{path}[{index}]");
            items.Add(
                item.ValueKind == JsonValueKind.Object
                    ? Read(item, member.Parts, place + ".")
                    : Wrong(place, $"{place} must be an object with {string.Join(" and ", member.Parts.Select(part => part.Name))}.")
            );
        }

        return items;
    }

    /// <summary>Reads a value as the contract does; the answer is what is wrong with it.</summary>
    private static string? TryRead(JsonElement element, Type type, out object? value)
    {
        try
        {
            value = element.Deserialize(type, ApiJson.Options);
            return null;
        }
        catch (JsonException wrong)
        {
            value = null;
            return wrong.Message;
        }
    }

    // A parameter is always written as text.
    private static JsonElement ElementOf(RequestMember member, string text) =>
        member.Kind == MemberKind.Flag && text is "true" or "false"
            ? JsonSerializer.SerializeToElement(text == "true")
            : JsonSerializer.SerializeToElement(text);

    private static bool IsSame(JsonElement given, JsonElement present)
    {
        try
        {
            return JsonElement.DeepEquals(given, present);
        }
        catch (InvalidOperationException)
        {
            // What is no text differs from what was returned.
            return false;
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

    private static bool IsBarred(char letter, bool multiline) =>
        char.IsControl(letter)
            ? !(multiline && letter is '\n' or '\r' or '\t')
            : letter is '\u2028' or '\u2029' or '\ufeff' or '\ufffe' or '\uffff' || StrategyValidation.IsBidirectionalControl(letter);

    private JsonNode? Wrong(string path, string message, string code = FieldProblem.Malformed)
    {
        Add(path, code, message);
        return null;
    }

    private void Add(string field, string code, string message)
    {
        if (_problems.Count < MostProblems)
        {
            _problems.Add(new(field, code, message));
        }
    }
}
