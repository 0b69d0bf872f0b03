using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace AutoTrader.Yaml.Syntax;

/// <summary>Writes a file that is one list under one name; decimals as quoted text, as the Python AutoTrader writes them.</summary>
internal sealed class RecordWriter
{
    // What YAML 1.1 readers, the Python AutoTrader among them, take for a Boolean or null.
    private static readonly HashSet<string> Resolved = new(
        ["y", "n", "yes", "no", "true", "false", "on", "off", "null"],
        StringComparer.OrdinalIgnoreCase
    );

    private readonly Emitter _emitter;

    // Long notes stay on one line: a folded one is hard to edit by hand.
    private RecordWriter(TextWriter writer) => _emitter = new(writer, new EmitterSettings().WithBestWidth(int.MaxValue).WithNewLine("\n"));

    /// <summary>The text of a file with one list named <paramref name="root"/>.</summary>
    /// <param name="root">The name.</param>
    /// <param name="records">The records.</param>
    /// <param name="fields">Writes the fields of one record.</param>
    public static string Write<T>(string root, IEnumerable<T> records, Action<RecordWriter, T> fields)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        var writer = new RecordWriter(text);
        writer._emitter.Emit(new StreamStart());
        writer._emitter.Emit(new DocumentStart(null, null, true));
        writer.Map(() => writer.List(root, [.. records], record => fields(writer, record)));
        writer._emitter.Emit(new DocumentEnd(true));
        writer._emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    /// <summary>Yes or no.</summary>
    public void Field(string name, bool value) => Plain(name, value ? "true" : "false");

    /// <summary>A whole number.</summary>
    public void Field(string name, int? value) => Plain(name, value?.ToString(CultureInfo.InvariantCulture) ?? "null");

    /// <summary>A decimal, as quoted text.</summary>
    public void Field(string name, decimal? value) => Field(name, value?.ToString(CultureInfo.InvariantCulture));

    /// <summary>A decimal, as a number.</summary>
    public void Number(string name, decimal value) => Plain(name, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>An instant: UTC, with its offset.</summary>
    public void Field(string name, DateTimeOffset? value) =>
        Field(name, value?.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture));

    /// <summary>A text, quoted where a reader could take it for something else.</summary>
    public void Field(string name, string? value)
    {
        if (value is null)
        {
            Null(name);
            return;
        }

        Plain(name);
        var style =
            IsWord(value) ? ScalarStyle.Plain
            : value.All(character => character is >= ' ' and <= '~') ? ScalarStyle.SingleQuoted
            : ScalarStyle.DoubleQuoted;
        _emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, value, style, style == ScalarStyle.Plain, style != ScalarStyle.Plain));
    }

    /// <summary>Nothing.</summary>
    public void Null(string name) => Plain(name, "null");

    /// <summary>A mapping.</summary>
    public void Map(string name, Action fields)
    {
        Plain(name);
        Map(fields);
    }

    /// <summary>A list of mappings.</summary>
    public void List<T>(string name, IReadOnlyCollection<T> items, Action<T> fields)
    {
        Plain(name);
        _emitter.Emit(
            new SequenceStart(AnchorName.Empty, TagName.Empty, true, items.Count == 0 ? SequenceStyle.Flow : SequenceStyle.Block)
        );
        foreach (var item in items)
        {
            Map(() => fields(item));
        }

        _emitter.Emit(new SequenceEnd());
    }

    private void Map(Action fields)
    {
        _emitter.Emit(new MappingStart());
        fields();
        _emitter.Emit(new MappingEnd());
    }

    private void Plain(string name, string value)
    {
        Plain(name);
        Plain(value);
    }

    private void Plain(string text) => _emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, ScalarStyle.Plain, true, false));

    // Words that stay text in every reader; all else is quoted.
    private static bool IsWord(string text) =>
        text.Length > 0
        && !char.IsAsciiDigit(text[0])
        && text.All(character => char.IsAsciiLetterOrDigit(character) || character == '_')
        && !Resolved.Contains(text);
}
