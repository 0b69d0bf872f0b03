using System.Globalization;
using System.Net;
using System.Text;

namespace AutoTrader.Backtesting.Reports;

/// <summary>One picture of lines over a common axis, as SVG without any script; sizes are in its own units.</summary>
internal sealed class SvgChart
{
    private const int Width = 960;
    private const int Left = 90;
    private const int Right = 14;
    private const int Top = 26;
    private const int Bottom = 24;
    private const int Lines = 4;

    private readonly StringBuilder _text = new();
    private readonly int _height;
    private readonly int _count;
    private readonly double _low;
    private readonly double _high;

    /// <summary>A picture.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="height">Its height.</param>
    /// <param name="count">Points on the horizontal axis.</param>
    /// <param name="values">The values that it must have room for.</param>
    /// <param name="labels">The labels of the first, the middle and the last point.</param>
    /// <param name="format">How values are written.</param>
    public SvgChart(
        string title,
        int height,
        int count,
        IEnumerable<double> values,
        IReadOnlyList<string> labels,
        string format = "#,##0.00"
    )
    {
        (_height, _count) = (height, count);
        var all = values.DefaultIfEmpty().ToList();
        (_low, _high) = (all.Min(), all.Max());
        if (_low.Equals(_high))
        {
            (_low, _high) = (_low - 1, _high + 1);
        }

        _text.Append(
            CultureInfo.InvariantCulture,
            $"<svg viewBox=\"0 0 {Width} {height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(title)}\" "
                + $"xmlns=\"http://www.w3.org/2000/svg\">"
        );
        Write(Left, 16, title, "start", "title");
        for (var i = 0; i <= Lines; i++)
        {
            var value = _low + ((_high - _low) * i / Lines);
            _text.Append(CultureInfo.InvariantCulture, $"<path class=\"grid\" d=\"M{Left} {Y(value):0.#}H{Width - Right}\"/>");
            Write(Left - 6, Y(value) + 4, value.ToString(format, CultureInfo.InvariantCulture), "end", "label");
        }

        string[] anchors = ["start", "middle", "end"];
        for (var i = 0; i < labels.Count && i < anchors.Length; i++)
        {
            Write(X((count - 1) * i / 2.0), height - 6, labels[i], anchors[i], "label");
        }
    }

    /// <summary>A line through values, one for each point; null leaves a gap.</summary>
    public SvgChart Line(string kind, IReadOnlyList<double?> values)
    {
        var path = new StringBuilder();
        var isDown = false;
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i] is { } value)
            {
                path.Append(CultureInfo.InvariantCulture, $"{(isDown ? 'L' : 'M')}{X(i):0.#} {Y(value):0.#}");
            }

            isDown = values[i] is not null;
        }

        _text.Append(CultureInfo.InvariantCulture, $"<path class=\"line {kind}\" d=\"{path}\"/>");
        return this;
    }

    /// <summary>The area between values and the upper end.</summary>
    public SvgChart AreaFromTop(string kind, IReadOnlyList<double> values)
    {
        var path = string.Concat(values.Select((value, i) => string.Create(CultureInfo.InvariantCulture, $"L{X(i):0.#} {Y(value):0.#}")));
        _text.Append(
            CultureInfo.InvariantCulture,
            $"<path class=\"area {kind}\" d=\"M{X(0):0.#} {Y(_high):0.#}{path}L{X(values.Count - 1):0.#} {Y(_high):0.#}Z\"/>"
        );
        return this;
    }

    /// <summary>A triangle at a value: upwards or downwards, with a text that a pointer shows.</summary>
    public SvgChart Mark(string kind, double index, double value, bool isUp, string told)
    {
        var (x, y, tip) = (X(index), Y(value), isUp ? 9 : -9);
        _text.Append(
            CultureInfo.InvariantCulture,
            $"<path class=\"mark {kind}\" d=\"M{x:0.#} {y:0.#}l5 {tip}h-10Z\"><title>{WebUtility.HtmlEncode(told)}</title></path>"
        );
        return this;
    }

    /// <summary>The picture.</summary>
    public override string ToString() => _text + "</svg>";

    private double X(double index) => Left + ((Width - Left - Right) * (_count < 2 ? 0.5 : index / (_count - 1)));

    private double Y(double value) => Top + ((_height - Top - Bottom) * (1 - ((value - _low) / (_high - _low))));

    private void Write(double x, double y, string text, string anchor, string kind) =>
        _text.Append(
            CultureInfo.InvariantCulture,
            $"<text class=\"{kind}\" x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\">{WebUtility.HtmlEncode(text)}</text>"
        );
}
