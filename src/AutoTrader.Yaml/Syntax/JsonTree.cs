using System.Text.Json;

namespace AutoTrader.Yaml.Syntax;

/// <summary>Reads the JSON text of a field as if it were YAML, so that both follow the same rules.</summary>
internal static class JsonTree
{
    // Far more than the longest texts of a record take, escaped; an alias could have it read over and over.
    private const int MaxLength = 64 * 1024;
    private const int MaxDepth = 16;

    /// <summary>The value; null when it is not JSON.</summary>
    /// <param name="text">The text.</param>
    /// <param name="line">The line that all of it is said to be on.</param>
    public static YamlNode? Load(string text, int line)
    {
        if (text.Length > MaxLength)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(text, new() { MaxDepth = MaxDepth });
            return Node(document.RootElement, line);
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or ArgumentException)
        {
            // Not JSON; or half of a surrogate pair, which JSON can escape and no text can hold.
            return null;
        }
    }

    private static YamlNode Node(JsonElement element, int line)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var map = new YamlMap { Line = line };
                map.Entries.AddRange(
                    element
                        .EnumerateObject()
                        .Select(property =>
                            (
                                new YamlScalar
                                {
                                    Line = line,
                                    Text = property.Name,
                                    IsQuoted = true,
                                },
                                Node(property.Value, line)
                            )
                        )
                );
                return map;
            case JsonValueKind.Array:
                var list = new YamlList { Line = line };
                list.Items.AddRange(element.EnumerateArray().Select(item => Node(item, line)));
                return list;
            case JsonValueKind.String:
                return new YamlScalar
                {
                    Line = line,
                    Text = element.GetString()!,
                    IsQuoted = true,
                };
            default:
                return new YamlScalar
                {
                    Line = line,
                    Text = element.GetRawText(),
                    IsQuoted = false,
                };
        }
    }
}
