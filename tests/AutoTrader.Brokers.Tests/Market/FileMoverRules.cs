using System.Globalization;
using AutoTrader.Brokers.Market;
using AutoTrader.Core.Market;
using AutoTrader.Core.Ports.Brokerage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AutoTrader.Brokers.Tests.Market;

/// <summary>What moved most of the symbols that have a file.</summary>
public sealed class FileMoverRules : IDisposable
{
    private static readonly Session Eve = TradingCalendar.Nyse.SessionOn(new(2026, 2, 2))!;
    private static readonly Session Day = TradingCalendar.Nyse.SessionOn(new(2026, 2, 3))!;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("movers-");
    private readonly FakeTimeProvider _clock = new(Eve.Open);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task What_rose_and_fell_since_the_close_before_is_told_the_most_first()
    {
        _clock.SetUtcNow(Day.Open.AddHours(1));
        Write("UP", 100, 110);
        Write("SOME", 100, 101);
        Write("DOWN", 50, 40);
        Write("LESS", 50, 49);
        Write("FLAT", 10, 10);
        Write("ASLEEP", 10, null);
        Write("NEW", null, 10);
        Write("SPLIT", 100, 51);
        File("splits", "symbol,date,ratio\nSPLIT,2026-02-03,2:1\n");
        File("notes of mine", "not,a,file,of,bars\n");
        File("BROKEN", "nothing\n");

        var movers = await MoversAsync(10);
        movers.Gainers.ShouldBe([new("UP", 110, 10, 10), new("SPLIT", 51, 1, 2), new("SOME", 101, 1, 1)]);
        movers.Losers.ShouldBe([new("DOWN", 40, -10, -20), new("LESS", 49, -1, -2)]);
        movers.At.ShouldBe(_clock.GetUtcNow());
        (await MoversAsync(1)).Gainers.ShouldHaveSingleItem().Symbol.ShouldBe("UP");
    }

    [Theory]
    [InlineData("2026-02-03T08:00:00-05:00", "2026-02-02T16:00:00-05:00")] // before the open: Monday against Friday
    [InlineData("2026-02-03T20:00:00-05:00", "2026-02-03T16:00:00-05:00")]
    [InlineData("2026-02-03T09:30:00-05:00", "2026-02-03T09:30:00-05:00")]
    public async Task It_is_the_session_that_is_open_or_ended_last(string now, string until)
    {
        Write("UP", 100, 110);
        _clock.SetUtcNow(DateTimeOffset.Parse(now, CultureInfo.InvariantCulture));
        var movers = await MoversAsync(10);
        movers.At.ShouldBe(DateTimeOffset.Parse(until, CultureInfo.InvariantCulture));
        movers.Gainers.Count.ShouldBe(now.Contains("20:00", StringComparison.Ordinal) ? 1 : 0);
    }

    [Fact]
    public async Task Without_a_folder_nothing_moves()
    {
        var movers = await Of(Path.Combine(_folder.FullName, "missing")).GetMoversAsync(10, default);
        (movers.Gainers.Count, movers.Losers.Count).ShouldBe((0, 0));
    }

    private Task<Movers> MoversAsync(int count) => Of(_folder.FullName).GetMoversAsync(count, default);

    private FileMovers Of(string folder)
    {
        var options = new CsvMarketOptions { Directory = folder };
        return new(new(options, _clock, NullLogger<CsvMarketData>.Instance), options, _clock);
    }

    private void File(string name, string text) => System.IO.File.WriteAllText(Path.Combine(_folder.FullName, name + ".csv"), text);

    // The last minutes of the eve, and the first of the day.
    private void Write(string symbol, decimal? before, decimal? price)
    {
        var rows = new[]
        {
            (Eve.Close.AddMinutes(-2), before),
            (Eve.Close.AddMinutes(-1), before),
            (Day.Open, price),
            (Day.Open.AddMinutes(1), price),
        }
            .Where(row => row.Item2 is not null)
            .Select(row =>
                FormattableString.Invariant($"{row.Item1:yyyy-MM-dd'T'HH:mm:sszzz},{row.Item2},{row.Item2},{row.Item2},{row.Item2},10")
            );
        File(symbol, "timestamp,open,high,low,close,volume\n" + string.Join('\n', rows) + "\n");
    }
}
