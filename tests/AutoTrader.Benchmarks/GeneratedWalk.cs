using System.Globalization;
using AutoTrader.Core.Market;

namespace AutoTrader.Benchmarks;

/// <summary>Minute bars of a walk without drift that is pulled back to 100, so that ladders and stops stay in reach.</summary>
internal static class GeneratedWalk
{
    /// <summary>The symbol.</summary>
    public const string Symbol = "WALK";

    /// <summary>Writes the sessions of a period to a folder.</summary>
    public static void Write(string folder, DateOnly first, DateOnly last)
    {
        var random = new Random(18);
        using var text = new StreamWriter(Path.Combine(folder, Symbol + ".csv"));
        text.WriteLine("timestamp,open,high,low,close,volume");
        var price = 100m;
        foreach (var session in TradingCalendar.Nyse.Sessions(first, last))
        {
            for (var at = session.Open; at < session.Close; at = at.AddMinutes(1))
            {
                var open = price;
                price = decimal.Round(price * (decimal)(1 + ((random.NextDouble() - 0.5) * 0.0015) + ((100 - (double)price) * 1e-6)), 2);
                var (high, low) = (Math.Max(open, price) + (random.Next(0, 4) / 100m), Math.Min(open, price) - (random.Next(0, 4) / 100m));
                text.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{at:yyyy-MM-ddTHH:mm:ssZ},{open},{high},{low},{price},{random.Next(1_000, 50_000)}"
                    )
                );
            }
        }
    }
}
