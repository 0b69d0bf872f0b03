using System.Globalization;
using System.Text;
using AutoTrader.Brokers.Market;
using AutoTrader.Core.Market;
using CsCheck;

namespace AutoTrader.Brokers.Tests.Market;

/// <summary>Long series of bars, most of which lie in a temporary file.</summary>
public sealed class BarSeriesTests : IDisposable
{
    // More than stay in memory, and not a whole number of pages.
    private const int Many = (70 * Spool<StoredBar>.PageSize) + 100;

    private static readonly DateTimeOffset First = new(2020, 1, 2, 14, 30, 0, TimeSpan.Zero);
    private static readonly Bar[] Bars = [.. Enumerable.Range(0, Many).Select(Bar)];
    private static readonly BarSeries Series = BarSeries.Of("AAA", Enumerable.Range(0, Many).Select(Stored));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bars-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void All_bars_are_there_in_order_one_by_one_and_by_number()
    {
        Series.Count.ShouldBe(Many);
        Series.SequenceEqual(Bars).ShouldBeTrue();
        Enumerable.Range(0, Many).All(i => Series[i] == Bars[i]).ShouldBeTrue();
        Series.LineOf(Many - 1).ShouldBe(Many + 1);
        Should.Throw<ArgumentOutOfRangeException>(() => Series[Many]);
        Should.Throw<ArgumentOutOfRangeException>(() => Series.Slice(10, 5)[5]);
    }

    [Fact]
    public void Slices_and_ranges_are_those_of_the_whole_and_instants_are_found_in_them() =>
        Gen.Select(Gen.Int[0, Many - 1], Gen.Int[0, 2000], Gen.Int[-5, Many + 5])
            .Sample(
                (first, length, minute) =>
                {
                    var count = Math.Min(length, Many - first);
                    var expected = Bars.AsSpan(first, count).ToArray();
                    var slice = Series.Slice(first, count);
                    slice.SequenceEqual(expected).ShouldBeTrue();
                    Series.Range(first, count).SequenceEqual(expected).ShouldBeTrue();
                    var at = First.AddMinutes(minute);
                    slice.CountWhile(bar => bar.End <= at).ShouldBe(expected.Count(bar => bar.End <= at));
                    slice.CountWhile(bar => bar.Start < at).ShouldBe(expected.CountWhile(bar => bar.Start < at));
                },
                iter: 500
            );

    [Fact]
    public void Many_may_look_at_the_same_bars_at_the_same_time() => Parallel.For(0, 8, worker =>
        {
            for (var i = worker * 1000; i < Many; i += 97)
            {
                Series[i].ShouldBe(Bars[i]);
            }
        });

    [Fact]
    public void A_long_file_says_the_same_in_whatever_order_its_rows_are()
    {
        var rows = Minutes();
        rows.Count.ShouldBeGreaterThan(64 * Spool<BarRow>.PageSize);
        var rising = Read("RISING", rows);
        rising.All.Count.ShouldBe(rows.Count);
        rising.LeftOut.ShouldBeNull();
        var shuffled = rows.ToList();
        new Random(3).Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(shuffled));
        foreach (var other in new[] { Read("FALLING", [.. Enumerable.Reverse(rows)]), Read("SHUFFLED", shuffled) })
        {
            (other.Problem, other.LeftOut, other.Length).ShouldBe((null, null, TimeSpan.FromMinutes(1)));
            other.All.SequenceEqual(rising.All).ShouldBeTrue();
        }
    }

    [Fact]
    public void Who_waits_for_a_long_file_is_told_how_far_it_is_up_to_its_end()
    {
        var rows = Minutes();
        var told = new Told(null);
        Read("LONG", rows, new(told, CancellationToken.None)).All.Count.ShouldBe(rows.Count);
        told.All.Count.ShouldBeGreaterThan(3 * (rows.Count / 4096));
        told.All.ShouldAllBe(it => it.Name == "LONG.csv" && it.Part > 0 && it.Part <= 1 && it.Rows <= rows.Count * 1.01);
        told.All.Select(it => it.Part).ShouldBeInOrder();
        told.All[^1].ShouldBe(new FileProgress("LONG.csv", rows.Count, 1));
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void The_reading_of_a_long_file_ends_where_nobody_waits_any_more(double part)
    {
        using var stop = new CancellationTokenSource();
        var told = new Told(it =>
        {
            if (it.Part > part)
            {
                stop.Cancel();
            }
        });
        Should.Throw<OperationCanceledException>(() => Read("LONG", Minutes(), new(told, stop.Token)));
        told.All[^1].Part.ShouldBeLessThan(part + 0.2);
    }

    private static List<string> Minutes() =>
        [
            .. TradingCalendar
                .Nyse.Sessions(new(2025, 1, 2), new(2025, 5, 30))
                .SelectMany(session =>
                    Enumerable.Range(0, (int)(session.Close - session.Open).TotalMinutes).Select(minute => session.Open.AddMinutes(minute))
                )
                .Select(
                    (at, i) => string.Create(CultureInfo.InvariantCulture, $"{at:yyyy-MM-ddTHH:mm:ssZ},{i + 2},{i + 3},{i + 1},{i + 2},7")
                ),
        ];

    private static Bar Bar(int i) => Stored(i).Of("AAA");

    private static StoredBar Stored(int i) =>
        new(First.AddMinutes(i).UtcTicks, TimeSpan.TicksPerMinute, i + 1, i + 2.5m, i + 0.25m, i + 2, i, i + 2);

    private BarFile Read(string name, List<string> rows, FileReading? reading = null)
    {
        var path = Path.Combine(_folder.FullName, name + ".csv");
        File.WriteAllText(path, "timestamp,open,high,low,close,volume\n" + string.Join('\n', rows), Encoding.UTF8);
        return BarFile.Read(path, "AAA", new(), reading);
    }

    private sealed class Told(Action<FileProgress>? then) : IProgress<FileProgress>
    {
        public List<FileProgress> All { get; } = [];

        public void Report(FileProgress value)
        {
            All.Add(value);
            then?.Invoke(value);
        }
    }
}
