using System.Globalization;

namespace AutoTrader.Backtesting.Reports;

/// <summary>How a shape is drawn.</summary>
/// <param name="Color">The name of its color.</param>
/// <param name="Width">The width of its line; null for an area that is filled.</param>
/// <param name="Opacity">1: nothing shines through.</param>
internal sealed record Pen(string Color, float? Width = null, float Opacity = 1);

/// <summary>How pictures look, as SVG and as PNG: the colors of both themes, and what is drawn in which of them.</summary>
internal static class ChartLook
{
    /// <summary>The size of letters.</summary>
    public const int FontSize = 12;

    /// <summary>The color behind everything.</summary>
    public const string Back = "back";

    /// <summary>The color of letters.</summary>
    public const string Ink = "ink";

    private static readonly Dictionary<string, string> Dark = new(StringComparer.Ordinal)
    {
        [Back] = "#14171c",
        [Ink] = "#e6e8eb",
        ["grid"] = "#4a5058",
        ["line"] = "#6cb6ff",
        ["good"] = "#57c46a",
        ["bad"] = "#ff7b72",
    };

    private static readonly Dictionary<string, string> Light = new(StringComparer.Ordinal)
    {
        [Back] = "#ffffff",
        [Ink] = "#1c1f23",
        ["grid"] = "#c4c9cf",
        ["line"] = "#0a58b5",
        ["good"] = "#1a7f37",
        ["bad"] = "#c1272d",
    };

    private static readonly Dictionary<string, Pen> Pens = new(StringComparer.Ordinal)
    {
        ["grid"] = new("grid", 1),
        ["equity"] = new("line", 1.5f),
        ["price"] = new("line", 1.5f),
        ["range"] = new("grid", 1.5f),
        ["drawdown"] = new("bad", Opacity: 0.5f),
        ["bought"] = new("good"),
        ["sold"] = new("bad"),
    };

    /// <summary>The colors by name, as <c>#rrggbb</c>.</summary>
    public static IReadOnlyDictionary<string, string> Colors(bool isDark) => isDark ? Dark : Light;

    /// <summary>How shapes of a kind are drawn.</summary>
    public static Pen PenOf(string kind) => Pens[kind.Split(' ')[^1]];

    /// <summary>The colors as variables of CSS.</summary>
    public static string Variables(bool isDark) => string.Join(';', Colors(isDark).Select(color => $"--{color.Key}:{color.Value}"));

    /// <summary>The rules of CSS, which take the colors from the variables.</summary>
    public static string Rules { get; } =
        string.Create(CultureInfo.InvariantCulture, $"text{{fill:var(--{Ink});font:{FontSize}px system-ui,sans-serif}}")
        + ".title{font-weight:600}"
        + string.Concat(Pens.Select(pen => $".{pen.Key}{{{Rule(pen.Value)}}}"));

    private static string Rule(Pen pen) =>
        pen.Width is { } width
            ? string.Create(CultureInfo.InvariantCulture, $"fill:none;stroke:var(--{pen.Color});stroke-width:{width}")
            : string.Create(CultureInfo.InvariantCulture, $"fill:var(--{pen.Color});opacity:{pen.Opacity}");
}
