using AutoTrader.Core.Orders;

namespace AutoTrader.Functions.Http;

/// <summary>What kind of value a field takes.</summary>
internal enum FieldKind
{
    Text,
    Whole,
    Number,
    Flag,
    Choice,
    Part,
    List,
}

/// <summary>A field of a body or a query: read, checked and described in one place.</summary>
internal sealed record Field(string Name, FieldKind Kind, string Description)
{
    public const decimal Largest = 1_000_000_000_000;

    public bool Required { get; init; }

    /// <summary>Whether null may be given, which is not the same as leaving it out.</summary>
    public bool Nullable { get; init; }

    public int MaxLength { get; init; } = 200;

    /// <summary>Whether line breaks and tabs may be in it.</summary>
    public bool Multiline { get; init; }

    /// <summary>Whether it is a whole file, whose reader reports its problems, even when it is empty.</summary>
    public bool IsFile { get; init; }

    public decimal Min { get; init; } = -Largest;

    public decimal Max { get; init; } = Largest;

    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>The fields of a part, or of each item of a list.</summary>
    public IReadOnlyList<Field> Parts { get; init; } = [];

    public int MaxItems { get; init; } = 100;

    public string? Default { get; init; }

    public static Field Text(string name, string description, int maxLength = 200) =>
        new(name, FieldKind.Text, description) { MaxLength = maxLength };

    public static Field Whole(string name, string description, int min, int max) =>
        new(name, FieldKind.Whole, description) { Min = min, Max = max };

    public static Field Number(string name, string description) => new(name, FieldKind.Number, description);

    public static Field Flag(string name, string description) => new(name, FieldKind.Flag, description);

    public static Field Choice<T>(string name, string description)
        where T : struct, Enum => Choice(name, description, [.. Enum.GetValues<T>().Select(value => WireNames.Of(value))]);

    public static Field Choice(string name, string description, params IReadOnlyList<string> choices) =>
        new(name, FieldKind.Choice, description) { Choices = choices };

    public static Field Part(string name, string description, params IReadOnlyList<Field> parts) =>
        new(name, FieldKind.Part, description) { Parts = parts };

    public static Field List(string name, string description, int maxItems, params IReadOnlyList<Field> parts) =>
        new(name, FieldKind.List, description) { Parts = parts, MaxItems = maxItems };
}
