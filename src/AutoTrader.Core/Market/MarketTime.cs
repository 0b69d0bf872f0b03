using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace AutoTrader.Core.Market;

/// <summary>Which end of a session.</summary>
public enum MarketEdge
{
    /// <summary>Its open.</summary>
    Open,

    /// <summary>Its close, the early one on a short day.</summary>
    Close,
}

/// <summary>An instant of every session.</summary>
/// <param name="Edge">From where.</param>
/// <param name="Offset">How far after it; negative for before.</param>
public sealed partial record MarketTime(MarketEdge Edge, TimeSpan Offset)
{
    /// <summary>The furthest distance: with it the instants of two sessions never cross.</summary>
    public static readonly TimeSpan Furthest = TimeSpan.FromHours(6);

    /// <summary>Reads <c>open</c>, <c>open+5m</c>, <c>close-10m</c>, <c>close+1h30m</c>, <c>open-30s</c>; spaces and case do not
    /// matter.</summary>
    public static bool TryParse(string? text, out MarketTime? time)
    {
        time = null;
        var match = Form().Match(string.Concat((text ?? "").Where(character => !char.IsWhiteSpace(character))));
        if (!match.Success)
        {
            return false;
        }

        var offset = TimeSpan.Zero;
        foreach (
            var (unit, length) in new[] { ("h", TimeSpan.FromHours(1)), ("m", TimeSpan.FromMinutes(1)), ("s", TimeSpan.FromSeconds(1)) }
        )
        {
            offset += match.Groups[unit] is { Success: true } group
                ? int.Parse(group.ValueSpan, CultureInfo.InvariantCulture) * length
                : TimeSpan.Zero;
        }

        time = new(
            match.Groups["edge"].ValueSpan.Equals("open", StringComparison.OrdinalIgnoreCase) ? MarketEdge.Open : MarketEdge.Close,
            match.Groups["sign"].ValueSpan is "-" ? -offset : offset
        );
        return true;
    }

    /// <summary>As <see cref="TryParse"/> reads it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Edge == MarketEdge.Open ? "open" : "close");
        if (Offset != TimeSpan.Zero)
        {
            var distance = Offset.Duration();
            text.Append(Offset < TimeSpan.Zero ? '-' : '+');
            foreach (var (count, unit) in new[] { ((int)distance.TotalHours, 'h'), (distance.Minutes, 'm'), (distance.Seconds, 's') })
            {
                _ = count == 0 ? text : text.Append(CultureInfo.InvariantCulture, $"{count}{unit}");
            }
        }

        return text.ToString();
    }

    [GeneratedRegex(
        "^(?<edge>open|close)((?<sign>[+-])(?=[0-9])((?<h>[0-9]{1,4})h)?((?<m>[0-9]{1,4})m)?((?<s>[0-9]{1,4})s)?)?$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Form();
}
