using System.Globalization;
using System.Text;
using AutoTrader.Core.Market;

namespace AutoTrader.SampleMarket;

/// <summary>Writes the sample market: one-minute bars of ten sessions. The same program writes the same bytes on every machine.</summary>
public static class SampleFiles
{
    /// <summary>The first session.</summary>
    public static readonly DateOnly FirstDay = new(2026, 2, 2);

    private const int Sessions = 10;
    private const int Seed = 20260202;

    /// <summary>Writes <c>{SYMBOL}.csv</c> for every symbol, and <c>splits.csv</c> without splits.</summary>
    /// <param name="folder">Where to; created when it is not there.</param>
    public static void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var symbol in SampleSymbols.All)
        {
            File.WriteAllText(Path.Combine(folder, symbol.Symbol + ".csv"), Text(symbol));
        }

        File.WriteAllText(Path.Combine(folder, "splits.csv"), "symbol,date,ratio\n");
    }

    private static string Text(SampleSymbol symbol)
    {
        var random = new Noise(Seed + symbol.Symbol.Sum(letter => letter * 7919L));
        var text = new StringBuilder("timestamp,open,high,low,close,volume\n");
        var days = TradingCalendar.Nyse.Sessions(FirstDay, FirstDay.AddDays(30)).Take(Sessions).ToList();
        for (var day = 0; day < days.Count; day++)
        {
            var open = PriceAt(symbol, day, 0);
            for (var minute = 0; minute < SampleSymbols.Minutes; minute++)
            {
                // A few hundredths of a percent: enough to look alive, too little to trigger what the course does not.
                var step = PriceAt(symbol, day, minute + 1) * 0.0001m;
                var close = Cents(PriceAt(symbol, day, minute + 1) + (random.Next(-3, 3) * step));
                var high = Cents(Math.Max(open, close) + (random.Next(0, 3) * step));
                var low = Cents(Math.Min(open, close) - (random.Next(0, 3) * step));
                var stamp = days[day].Day.ToDateTime(new TimeOnly(9, 30)).AddMinutes(minute);
                var volume = random.Next(40, 400) * 100;
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"{stamp:yyyy-MM-dd HH:mm:ss},{open:0.00},{high:0.00},{low:0.00},{close:0.00},{volume}\n"
                );
                open = close;
            }
        }

        return text.ToString();
    }

    private static decimal PriceAt(SampleSymbol symbol, int day, int minute)
    {
        var course = symbol.Course;
        var next = 0;
        while (course[next].Day < day || (course[next].Day == day && course[next].Minute < minute))
        {
            next++;
        }

        var to = course[next];
        if (to.Minute == minute)
        {
            return to.Price;
        }

        var from = course[next - 1];
        return from.Price + ((to.Price - from.Price) * (minute - from.Minute) / (to.Minute - from.Minute));
    }

    private static decimal Cents(decimal price) => decimal.Round(price, 2, MidpointRounding.AwayFromZero);
}
