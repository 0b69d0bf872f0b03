using System.Globalization;
using System.Text;
using AutoTrader.Core.Market;

namespace AutoTrader.Backtesting.Tests;

/// <summary>A folder of generated bars, which goes with the instance.</summary>
internal sealed class GeneratedMarket : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("autotrader-bars-");

    public string Folder => _folder.FullName;

    /// <summary>The sessions from <paramref name="first"/> on.</summary>
    public static List<Session> Sessions(DateOnly first, int count) =>
        [.. TradingCalendar.Nyse.Sessions(first, first.AddDays((count * 2) + 10)).Take(count)];

    /// <summary>Writes a random walk in cents.</summary>
    public void Write(string symbol, Walk walk, IEnumerable<Session> sessions)
    {
        var random = new Random(walk.Seed);
        var text = new StringBuilder("timestamp,open,high,low,close,volume\n");
        var price = walk.Start;
        foreach (var session in sessions)
        {
            price = Cents(price * (1 + (decimal)((random.NextDouble() - 0.5) * walk.Overnight)));
            if (walk.Split is { } split && split.ExDate == session.Day)
            {
                price = Cents(price * split.Denominator / split.Numerator);
            }

            var halt = random.NextDouble() < walk.Halts ? random.Next(10, 350) : int.MaxValue;
            var minute = TimeSpan.FromMinutes(walk.Minutes);
            for (var (at, i) = (session.Open, 0); at < session.Close; at += minute, i++)
            {
                var open = Cents(price * (1 + (decimal)((random.NextDouble() - 0.5) * walk.Step / 4)));
                var close = Cents(open * (1 + (decimal)((random.NextDouble() - 0.5) * walk.Step)));
                var high = Cents(Math.Max(open, close) * (1 + (decimal)(random.NextDouble() * walk.Step / 2)));
                var low = Cents(Math.Min(open, close) * (1 - (decimal)(random.NextDouble() * walk.Step / 2)));
                var volume = random.Next(10, walk.MostVolume);
                price = close;
                if (random.NextDouble() < walk.Missing || (i >= halt && i < halt + 9))
                {
                    continue;
                }

                text.Append(CultureInfo.InvariantCulture, $"{at:yyyy-MM-ddTHH:mm:ssZ},{open},{high},{low},{close},{volume}\n");
            }
        }

        File.WriteAllText(Path.Combine(Folder, symbol + ".csv"), text.ToString());
        if (walk.Split is { } declared)
        {
            File.WriteAllText(
                Path.Combine(Folder, "splits.csv"),
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"symbol,date,ratio\n{symbol},{declared.ExDate:yyyy-MM-dd},{declared.Numerator}:{declared.Denominator}\n"
                )
            );
        }
    }

    /// <summary>Lets the last bar of a session fall by a tenth.</summary>
    public void EndInADrop(string symbol, Session session)
    {
        var path = Path.Combine(Folder, symbol + ".csv");
        var lines = File.ReadAllLines(path);
        var fields = lines[^1].Split(',');
        fields[0].ShouldBe(session.Close.AddMinutes(-1).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        var low = Cents(decimal.Parse(fields[1], CultureInfo.InvariantCulture) * 0.9m).ToString(CultureInfo.InvariantCulture);
        (fields[3], fields[4]) = (low, low);
        lines[^1] = string.Join(',', fields);
        File.WriteAllLines(path, lines);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static decimal Cents(decimal price) => Math.Max(2, decimal.Round(price, 2));
}

/// <summary>How prices walk.</summary>
internal sealed record Walk(int Seed)
{
    public decimal Start { get; init; } = 100;

    /// <summary>The width of a bar's step, as a fraction of the price.</summary>
    public double Step { get; init; } = 0.002;

    /// <summary>The width of the step between sessions.</summary>
    public double Overnight { get; init; } = 0.02;

    /// <summary>The share of bars that are missing.</summary>
    public double Missing { get; init; }

    /// <summary>The share of sessions in which nothing trades for nine bars.</summary>
    public double Halts { get; init; }

    public int MostVolume { get; init; } = 10_000;

    /// <summary>The length of bars in minutes.</summary>
    public int Minutes { get; init; } = 1;

    public Split? Split { get; init; }
}
