using System.Globalization;
using System.Net;
using System.Text;

namespace AutoTrader.Backtesting.Reports;

/// <summary>One picture of lines over a common axis; sizes are in its own units.</summary>
internal sealed class Chart
{
    /// <summary>How wide every picture is.</summary>
    public const int Width = 960;

    private const int Left = 90;
    private const int Right = 14;
    private const int Top = 26;
    private const int Bottom = 24;
    private const int Lines = 4;

    private readonly List<ChartShape> _shapes = [];
    private readonly string _title;
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
    public Chart(string title, int height, int count, IEnumerable<double> values, IReadOnlyList<string> labels, string format = "#,##0.00")
    {
        (_title, Height, _count) = (title, height, count);
        var all = values.DefaultIfEmpty().ToList();
        (_low, _high) = (all.Min(), all.Max());
        if (_low.Equals(_high))
        {
            (_low, _high) = (_low - 1, _high + 1);
        }

        Write(Left, 16, title, "start", isTitle: true);
        for (var i = 0; i <= Lines; i++)
        {
            var value = _low + ((_high - _low) * i / Lines);
            _shapes.Add(new ChartLine("grid", string.Create(CultureInfo.InvariantCulture, $"M{Left} {Y(value):0.#}H{Width - Right}")));
            Write(Left - 6, Y(value) + 4, value.ToString(format, CultureInfo.InvariantCulture), "end");
        }

        string[] anchors = ["start", "middle", "end"];
        for (var i = 0; i < labels.Count && i < anchors.Length; i++)
        {
            Write(X((count - 1) * i / 2.0), height - 6, labels[i], anchors[i]);
        }
    }

    /// <summary>A line through values, one for each point; null leaves a gap.</summary>
    public Chart Line(string kind, IReadOnlyList<double?> values)
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

        _shapes.Add(new ChartLine("line " + kind, path.ToString()));
        return this;
    }

    /// <summary>The area between values and the upper end.</summary>
    public Chart AreaFromTop(string kind, IReadOnlyList<double> values)
    {
        var path = string.Concat(values.Select((value, i) => string.Create(CultureInfo.InvariantCulture, $"L{X(i):0.#} {Y(value):0.#}")));
        _shapes.Add(
            new ChartLine(
                "area " + kind,
                string.Create(CultureInfo.InvariantCulture, $"M{X(0):0.#} {Y(_high):0.#}{path}L{X(values.Count - 1):0.#} {Y(_high):0.#}Z")
            )
        );
        return this;
    }

    /// <summary>A triangle at a value: upwards or downwards, with a text that a pointer shows.</summary>
    public Chart Mark(string kind, double index, double value, bool isUp, string told)
    {
        var (x, y, tip) = (X(index), Y(value), isUp ? 9 : -9);
        _shapes.Add(new ChartLine("mark " + kind, string.Create(CultureInfo.InvariantCulture, $"M{x:0.#} {y:0.#}l5 {tip}h-10Z"), told));
        return this;
    }

    /// <summary>How high it is.</summary>
    public int Height { get; }

    /// <summary>What it is drawn of, in order.</summary>
    public IReadOnlyList<ChartShape> Shapes => _shapes;

    /// <summary>The picture as SVG, without any script.</summary>
    public string ToSvg()
    {
        var svg = new StringBuilder().Append(
            CultureInfo.InvariantCulture,
            $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Encoded(_title)}\" xmlns=\"http://www.w3.org/2000/svg\">"
        );
        foreach (var shape in _shapes)
        {
            svg.Append(
                shape switch
                {
                    ChartLine { Told: { } told } line =>
                        $"<path class=\"{line.Kind}\" d=\"{line.Path}\"><title>{Encoded(told)}</title></path>",
                    ChartLine line => $"<path class=\"{line.Kind}\" d=\"{line.Path}\"/>",
                    ChartText text => string.Create(
                        CultureInfo.InvariantCulture,
                        $"<text class=\"{(text.IsTitle ? "title" : "label")}\" x=\"{text.X:0.#}\" y=\"{text.Y:0.#}\" "
                    ) + $"text-anchor=\"{text.Anchor}\">{Encoded(text.Text)}</text>",
                    _ => throw new InvalidOperationException($"{shape.GetType().Name} cannot be drawn."),
                }
            );
        }

        return svg.Append("</svg>").ToString();
    }

    private double X(double index) => Left + ((Width - Left - Right) * (_count < 2 ? 0.5 : index / (_count - 1)));

    private double Y(double value) => Top + ((Height - Top - Bottom) * (1 - ((value - _low) / (_high - _low))));

    private void Write(double x, double y, string text, string anchor, bool isTitle = false) =>
        _shapes.Add(new ChartText(x, y, text, anchor, isTitle));

    private static string Encoded(string text) => WebUtility.HtmlEncode(text);
}
