namespace AutoTrader.Backtesting.Reports;

/// <summary>A part of a picture, as SVG and PNG draw it.</summary>
internal abstract record ChartShape;

/// <summary>A line or an area.</summary>
/// <param name="Kind">What it shows, which tells how it looks.</param>
/// <param name="Path">Its points, as SVG writes them.</param>
/// <param name="Told">What a pointer shows; null for nothing.</param>
internal sealed record ChartLine(string Kind, string Path, string? Told = null) : ChartShape;

/// <summary>Letters.</summary>
/// <param name="X">Where they stand, from the left.</param>
/// <param name="Y">Where they stand, from the top.</param>
/// <param name="Text">What they say.</param>
/// <param name="Anchor"><c>start</c>, <c>middle</c> or <c>end</c>: which of their ends stands there.</param>
/// <param name="IsTitle">Whether they are the title.</param>
internal sealed record ChartText(double X, double Y, string Text, string Anchor, bool IsTitle) : ChartShape;
