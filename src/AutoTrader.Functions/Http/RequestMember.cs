using System.Collections;
using System.Collections.Concurrent;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace AutoTrader.Functions.Http;

/// <summary>What kind of value a member of a request takes.</summary>
internal enum MemberKind
{
    Text,
    Whole,
    Number,
    Flag,
    Choice,
    Day,
    Instant,
    Part,
    List,
}

/// <summary>
/// A member of a request record, as its contract declares it: the type says whether it may be absent or null, attributes
/// say its bounds and its meaning. Requests are read and described by it.
/// </summary>
internal sealed record RequestMember(string Name, MemberKind Kind, Type Type)
{
    private const decimal Largest = 1_000_000_000_000;
    private const int LongestText = 200;
    private const int MostItems = 100;

    private static readonly ConcurrentDictionary<Type, IReadOnlyList<RequestMember>> Known = new();

    public string Description { get; private init; } = "";

    /// <summary>Whether null may be given, which is not the same as leaving it out.</summary>
    public bool IsNullable { get; private init; }

    /// <summary>Whether the record knows that it was left out.</summary>
    public bool IsOptional { get; private init; }

    public bool IsRequired { get; private init; }

    /// <summary>The most characters or items.</summary>
    public int MaxLength { get; private init; }

    /// <summary>Whether line breaks and tabs may be in it.</summary>
    public bool IsMultiline { get; private init; }

    /// <summary>Whether it is a whole file, whose reader reports its problems.</summary>
    public bool IsFile { get; private init; }

    public decimal Min { get; private init; } = -Largest;

    public decimal Max { get; private init; } = Largest;

    public IReadOnlyList<string> Choices { get; private init; } = [];

    /// <summary>The members of a part, or of each item of a list.</summary>
    public IReadOnlyList<RequestMember> Parts { get; private init; } = [];

    public JsonNode? Default { get; private init; }

    /// <summary>What its value must be, in words.</summary>
    public string Meaning =>
        Kind switch
        {
            MemberKind.Text => "a text",
            MemberKind.Whole => "a whole number",
            MemberKind.Number => "a number, or a text that holds one",
            MemberKind.Flag => "true or false",
            MemberKind.Choice => "one of " + string.Join(", ", Choices),
            MemberKind.Day => "a day such as 2026-02-02",
            MemberKind.Instant => "an instant such as 2026-02-02T21:00:00Z",
            MemberKind.Part => "an object",
            _ => "a list",
        };

    /// <summary>The members of a body's record.</summary>
    public static IReadOnlyList<RequestMember> Of(Type type) =>
        Known.GetOrAdd(type, it => [.. ApiJson.Options.GetTypeInfo(it).Properties.Select(Of)]);

    /// <summary>The members of a query's record: none of them is ever null.</summary>
    public static IReadOnlyList<RequestMember> OfQuery(Type type) => [.. Of(type).Select(member => member with { IsNullable = false })];

    private static RequestMember Of(JsonPropertyInfo property)
    {
        var declared = (PropertyInfo)property.AttributeProvider!;
        var nullability = new NullabilityInfoContext().Create(declared);
        var isOptional = nullability.Type.IsGenericType && nullability.Type.GetGenericTypeDefinition() == typeof(Optional<>);
        nullability = isOptional ? nullability.GenericTypeArguments[0] : nullability;
        var isNullable = nullability.ReadState == NullabilityState.Nullable;
        var type = Nullable.GetUnderlyingType(nullability.Type) ?? nullability.Type;
        var range = declared.GetCustomAttribute<RangeAttribute>();
        var kind = KindOf(type, range);
        return new(property.Name, kind, type)
        {
            Description = declared.GetCustomAttribute<DescriptionAttribute>()?.Description ?? "",
            IsNullable = isNullable,
            IsOptional = isOptional,
            IsRequired = !isOptional && !isNullable,
            MaxLength = declared.GetCustomAttribute<MaxLengthAttribute>()?.Length ?? (kind == MemberKind.List ? MostItems : LongestText),
            IsMultiline = declared.GetCustomAttribute<DataTypeAttribute>()?.DataType == DataType.MultilineText,
            IsFile = declared.GetCustomAttribute<DataTypeAttribute>()?.DataType == DataType.Upload,
            Min = NumberOf(range?.Minimum) ?? -Largest,
            Max = NumberOf(range?.Maximum) ?? Largest,
            Choices = type.IsEnum ? [.. Enum.GetNames(type).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)] : [],
            Parts = kind switch
            {
                MemberKind.Part => Of(type),
                MemberKind.List => Of(type.GetGenericArguments()[0]),
                _ => [],
            },
            Default = JsonSerializer.SerializeToNode(declared.GetCustomAttribute<DefaultValueAttribute>()?.Value),
        };
    }

    private static MemberKind KindOf(Type type, RangeAttribute? range) =>
        type == typeof(string) ? MemberKind.Text
        : type == typeof(bool) ? MemberKind.Flag
        : type == typeof(int) || (type == typeof(decimal) && range?.OperandType == typeof(int)) ? MemberKind.Whole
        : type == typeof(decimal) ? MemberKind.Number
        : type == typeof(DateOnly) ? MemberKind.Day
        : type == typeof(DateTimeOffset) ? MemberKind.Instant
        : type.IsEnum ? MemberKind.Choice
        : type.IsAssignableTo(typeof(IEnumerable)) ? MemberKind.List
        : MemberKind.Part;

    private static decimal? NumberOf(object? bound) =>
        bound switch
        {
            int whole => whole,
            double number => (decimal)number,
            _ => null,
        };
}
