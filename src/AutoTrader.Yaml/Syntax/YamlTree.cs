using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace AutoTrader.Yaml.Syntax;

/// <summary>A value of a YAML document as it is written: nothing is resolved, so <c>ON</c> stays a symbol and <c>0.10</c> a
/// decimal.</summary>
internal abstract class YamlNode
{
    /// <summary>The line, counted from one.</summary>
    public required int Line { get; init; }

    /// <summary>A tag that names a type of some program; null for none and for those of YAML itself.</summary>
    public string? ForeignTag { get; init; }
}

internal sealed class YamlScalar : YamlNode
{
    public required string Text { get; init; }

    public required bool IsQuoted { get; init; }

    public bool IsNull => !IsQuoted && Text is "" or "~" or "null" or "Null" or "NULL";
}

internal sealed class YamlList : YamlNode
{
    public List<YamlNode> Items { get; } = [];
}

internal sealed class YamlMap : YamlNode
{
    public List<(YamlScalar Key, YamlNode Value)> Entries { get; } = [];

    /// <summary>The field <c>id</c> as it is written; null when there is none.</summary>
    public string? WrittenId => Entries.FindLast(entry => entry.Key.Text == "id").Value is YamlScalar { IsNull: false } id ? id.Text : null;
}

/// <summary>
/// Reads the first document of a YAML text into a tree. An alias is the very node that its anchor names, so that no bomb unfolds;
/// nesting is bounded, so that no stack overflows.
/// </summary>
internal sealed class YamlTree
{
    // The files of this system are five levels deep.
    private const int MaxDepth = 16;

    // No record has nearly as many fields; an alias could make a report of them over and over.
    private const int MaxFields = 200;
    private const string CoreTags = "tag:yaml.org,2002:";

    private readonly Dictionary<string, YamlNode> _anchors = new(StringComparer.Ordinal);
    private readonly Parser _parser;
    private readonly int _linesBefore;

    private YamlTree(string text, int linesBefore)
    {
        _parser = new(new StringReader(text));
        _linesBefore = linesBefore;
    }

    /// <summary>The first document, and whether more follow; null for an empty text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="linesBefore">How many lines of the file come before it.</param>
    /// <exception cref="YamlRejectedException">It is not YAML, or nested too deeply.</exception>
    public static (YamlNode? Root, bool HasMore) Load(string text, int linesBefore = 0)
    {
        var tree = new YamlTree(text, linesBefore);
        try
        {
            return tree.Load();
        }
        catch (YamlException exception)
        {
            throw new YamlRejectedException((int)exception.Start.Line + linesBefore, exception.Message, exception);
        }
        catch (Exception exception) when (exception is not (OutOfMemoryException or YamlRejectedException))
        {
            // The text may be hostile: whatever the parser throws, the text is at fault.
            throw new YamlRejectedException(linesBefore + 1, "the text cannot be read as YAML", exception);
        }
    }

    private (YamlNode? Root, bool HasMore) Load()
    {
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out _))
        {
            return (null, false);
        }

        _parser.Consume<DocumentStart>();
        var root = Node(0);
        _parser.Consume<DocumentEnd>();
        return (root, _parser.Accept<DocumentStart>(out _));
    }

    private YamlNode Node(int depth)
    {
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            // An anchor is entered when its node is complete: a node that holds itself is unknown here.
            return _anchors.TryGetValue(alias.Value.Value, out var target)
                ? target
                : throw new YamlRejectedException(
                    Line(alias),
                    "an alias names no complete anchor before it (put a text that begins with * in quotes)",
                    null
                );
        }

        if (!_parser.Accept<NodeEvent>(out var start))
        {
            throw new YamlRejectedException(Line(_parser.Current!), "a value is missing", null);
        }

        if (depth > MaxDepth)
        {
            throw new YamlRejectedException(Line(start), "it is nested too deeply", null);
        }

        var (anchor, node) = (start.Anchor, Content(start, depth));
        if (!anchor.IsEmpty)
        {
            _anchors[anchor.Value] = node;
        }

        return node;
    }

    private YamlNode Content(NodeEvent start, int depth)
    {
        var (line, tag) = (Line(start), Foreign(start.Tag));
        if (_parser.TryConsume<Scalar>(out var scalar))
        {
            return new YamlScalar
            {
                Line = line,
                ForeignTag = tag,
                Text = scalar.Value,
                IsQuoted = scalar.Style != ScalarStyle.Plain,
            };
        }

        if (_parser.TryConsume<SequenceStart>(out _))
        {
            var list = new YamlList { Line = line, ForeignTag = tag };
            while (!_parser.TryConsume<SequenceEnd>(out _))
            {
                list.Items.Add(Node(depth + 1));
            }

            return list;
        }

        _parser.Consume<MappingStart>();
        var map = new YamlMap { Line = line, ForeignTag = tag };
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = Node(depth + 1);
            _ =
                map.Entries.Count < MaxFields
                    ? 0
                    : throw new YamlRejectedException(
                        key.Line,
                        FormattableString.Invariant($"a mapping has more than {MaxFields} fields"),
                        null
                    );
            map.Entries.Add(
                (key as YamlScalar ?? throw new YamlRejectedException(key.Line, "the name of a field must be text", null), Node(depth + 1))
            );
        }

        return map;
    }

    private int Line(ParsingEvent parsed) => (int)parsed.Start.Line + _linesBefore;

    private static string? Foreign(TagName tag) =>
        tag.IsEmpty
        || tag.IsNonSpecific
        || (tag.Value.StartsWith(CoreTags, StringComparison.Ordinal) && !tag.Value.Contains('/', StringComparison.Ordinal))
            ? null
            : tag.Value;
}

/// <summary>A text that is not the YAML this system reads.</summary>
internal sealed class YamlRejectedException(int line, string message, Exception? inner) : Exception(message, inner)
{
    /// <summary>The line, counted from one.</summary>
    public int Line { get; } = line;
}
