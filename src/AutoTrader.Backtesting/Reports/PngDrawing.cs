using SkiaSharp;

namespace AutoTrader.Backtesting.Reports;

/// <summary>Draws pictures as PNG, with SkiaSharp.</summary>
internal static class PngDrawing
{
    private const int Scale = 2;

    // Containers have no font.
    private static readonly Lazy<SKTypeface> Typeface = new(() =>
    {
        using var font = typeof(PngDrawing).Assembly.GetManifestResourceStream("AutoTrader.Backtesting.Reports.Chart.ttf");
        return SKTypeface.FromStream(font);
    });

    /// <summary>Pictures below each other.</summary>
    public static byte[] Of(IReadOnlyList<Chart> charts, bool isDark)
    {
        var height = charts.Sum(chart => chart.Height + ReportPicture.Gap);
        using var surface = SKSurface.Create(new SKImageInfo(Chart.Width * Scale, height * Scale));
        var (canvas, colors) = (surface.Canvas, ChartLook.Colors(isDark).ToDictionary(it => it.Key, it => SKColor.Parse(it.Value)));
        canvas.Clear(colors[ChartLook.Back]);
        canvas.Scale(Scale);
        foreach (var chart in charts)
        {
            foreach (var shape in chart.Shapes)
            {
                Draw(canvas, shape, colors);
            }

            canvas.Translate(0, chart.Height + ReportPicture.Gap);
        }

        using var image = surface.Snapshot();
        using var file = image.Encode(SKEncodedImageFormat.Png, 100);
        return file.ToArray();
    }

    private static void Draw(SKCanvas canvas, ChartShape shape, Dictionary<string, SKColor> colors)
    {
        using var paint = new SKPaint { IsAntialias = true };
        switch (shape)
        {
            case ChartLine line:
                var pen = ChartLook.PenOf(line.Kind);
                paint.Color = colors[pen.Color].WithAlpha((byte)Math.Round(255 * pen.Opacity));
                paint.IsStroke = pen.Width is not null;
                paint.StrokeWidth = pen.Width ?? 0;
                using (var path = SKPath.ParseSvgPathData(line.Path))
                {
                    canvas.DrawPath(path, paint);
                }

                break;
            case ChartText text:
                paint.Color = colors[ChartLook.Ink];
                using (var font = new SKFont(Typeface.Value, ChartLook.FontSize) { Embolden = text.IsTitle })
                {
                    canvas.DrawText(text.Text, (float)text.X, (float)text.Y, AlignOf(text.Anchor), font, paint);
                }

                break;
            default:
                throw new InvalidOperationException($"{shape.GetType().Name} cannot be drawn.");
        }
    }

    private static SKTextAlign AlignOf(string anchor) =>
        anchor switch
        {
            "start" => SKTextAlign.Left,
            "end" => SKTextAlign.Right,
            _ => SKTextAlign.Center,
        };
}
