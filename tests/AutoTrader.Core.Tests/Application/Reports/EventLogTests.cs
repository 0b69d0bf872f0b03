using AutoTrader.Core.Application.Reports;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Tests.Engine;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace AutoTrader.Core.Tests.Application.Reports;

/// <summary>Whoever reads on from a cursor gets everything once, whatever is stored meanwhile and however late.</summary>
public sealed class EventLogTests
{
    private static readonly DateTimeOffset Start = new(2026, 2, 2, 15, 0, 0, TimeSpan.Zero);

    // A step: rows of some events each, how long after their instants they are stored, how far the clock goes on, and how many events
    // the reader then asks for.
    private static readonly Gen<Step> AnyStep =
        from events in Gen.Int[0, 4].Array[0, 6]
        from late in Gen.Int[0, 11].Array[6]
        from seconds in Gen.OneOf(Gen.Int[0, 20], Gen.Const(0), Gen.Int[100, 20_000])
        from count in Gen.OneOf(Gen.Int[1, 7], Gen.Const(0))
        select new Step(events, late, seconds, count);

    [Fact]
    public Task A_reader_gets_everything_once_while_things_happen_and_are_stored_late() =>
        AnyStep
            .Array[1, 30]
            .SampleAsync(
                async steps =>
                {
                    var (past, clock, told) = (new Past(), new FakeTimeProvider(Start), new List<string>());
                    var reader = new Reader(new(past, new ScriptedBroker(clock), clock));
                    foreach (var step in steps)
                    {
                        past.Store(clock.GetUtcNow(), step);
                        clock.Advance(TimeSpan.FromSeconds(step.Seconds));
                        if (step.Count > 0)
                        {
                            told.AddRange((await reader.ReadAsync(step.Count)).Items.Select(it => it.Id));
                        }
                    }

                    told.AddRange(await reader.AllAsync());
                    told.ShouldBe(past.Ids, ignoreOrder: true);
                },
                threads: 1
            );

    [Fact]
    public async Task What_is_settled_is_told_in_order_whatever_the_size_of_a_page()
    {
        var (past, clock) = (new Past(), new FakeTimeProvider(Start));
        for (var n = 0; n < 50; n++)
        {
            past.Store(Start.AddHours(-n), new([3, 0, 1], [0, 0, 0, 0, 0, 0], 0, 0));
        }

        clock.Advance(TimeSpan.FromMinutes(5));
        var whole = await new Reader(new(past, new ScriptedBroker(clock), clock)).AllAsync(1000);
        whole.Count.ShouldBe(200);
        whole.ShouldBe(await new Reader(new(past, new ScriptedBroker(clock), clock)).AllAsync(7));
    }

    [Fact]
    public async Task More_than_a_cursor_can_name_waits_until_it_is_settled_and_says_so()
    {
        var (past, clock) = (new Past(), new FakeTimeProvider(Start));
        past.Store(Start, new([.. Enumerable.Repeat(1, 800)], [.. Enumerable.Repeat(0, 800)], 0, 0));
        var reader = new Reader(new(past, new ScriptedBroker(clock), clock));
        var told = await reader.AllAsync(1000);
        told.Count.ShouldBe(500);
        reader.HeldBack.ShouldBe(300);
        // It must fit an address.
        reader.Cursor!.Length.ShouldBeLessThan(4100);

        clock.Advance(TimeSpan.FromMinutes(3));
        told.AddRange(await reader.AllAsync(1000));
        told.ShouldBe(past.Ids, ignoreOrder: true);
        reader.HeldBack.ShouldBe(0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(24)]
    [InlineData(200)]
    [InlineData(740)]
    public async Task A_page_goes_on_over_silence_until_it_has_something(int hoursAgo)
    {
        var (past, clock) = (new Past(), new FakeTimeProvider(Start));
        past.Store(Start.AddHours(-hoursAgo), new([1, 1, 1], [0, 0, 0], 0, 0));
        var reader = new Reader(new(past, new ScriptedBroker(clock), clock), Start.AddDays(-31));
        var page = await reader.ReadAsync(2);
        page.Items.Count.ShouldBe(2);
        past.Asked.ShouldBeLessThanOrEqualTo(14);
        (await reader.AllAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_page_without_anything_ends_after_so_many_rows_and_its_cursor_goes_on_behind_them()
    {
        var (past, clock) = (new Past(), new FakeTimeProvider(Start));
        for (var minute = 0; minute < 31 * 24 * 60; minute++)
        {
            past.Store(Start.AddMinutes(-minute), new([0], [0], 0, 0));
        }

        past.Store(Start.AddDays(-2), new([1], [0], 0, 0));
        var reader = new Reader(new(past, new ScriptedBroker(clock), clock), Start.AddDays(-31));
        var (pages, told) = (0, 0);
        EventPage page;
        do
        {
            past.Rows = 0;
            page = await reader.ReadAsync(100);
            past.Rows.ShouldBeLessThan(10_000 + (24 * 60) + 10);
            (pages, told) = (pages + 1, told + page.Items.Count);
        } while (page.HasMore);

        (pages, told).ShouldBe((5, 1));
    }

    private sealed record Step(int[] Events, int[] Late, int Seconds, int Count);

    private sealed class Reader(EventLog log, DateTimeOffset? since = null)
    {
        public string? Cursor { get; private set; }

        public int HeldBack { get; private set; }

        public async Task<EventPage> ReadAsync(int count)
        {
            var page = await log.ReadAsync(since ?? Start.AddDays(-3), null, Cursor, count, TestContext.Current.CancellationToken);
            page.Items.Count.ShouldBeLessThanOrEqualTo(count);
            (Cursor, HeldBack) = (page.Cursor, page.HeldBack);
            return page;
        }

        public async Task<List<string>> AllAsync(int count = 5)
        {
            var ids = new List<string>();
            EventPage page;
            do
            {
                page = await ReadAsync(count);
                ids.AddRange(page.Items.Select(it => it.Id));
            } while (page.HasMore);
            return ids;
        }
    }

    /// <summary>Cycles and changes by turns; a row may carry an instant that is up to 110 s before it is stored.</summary>
    private sealed class Past : IHistory
    {
        private readonly List<PastCycle> _cycles = [];
        private readonly List<AuditEntry> _changes = [];

        /// <summary>How many spans of cycles were asked for.</summary>
        public int Asked { get; private set; }

        /// <summary>How many cycles were read.</summary>
        public int Rows { get; set; }

        public IEnumerable<string> Ids =>
            _cycles
                .SelectMany(it => it.Cycle.Events.Select((_, n) => $"engine-{it.Id}-{n:D3}"))
                .Concat(_changes.Select(it => "change-" + it.Id));

        public void Store(DateTimeOffset now, Step step)
        {
            for (var n = 0; n < step.Events.Length; n++)
            {
                var (at, id) = (now.AddSeconds(-10 * step.Late[n]), $"{_cycles.Count:D5}");
                if (step.Events[n] == 1)
                {
                    _changes.Add(new(at, $"{_changes.Count}", "me", "pause_strategy", "acme"));
                    continue;
                }

                _cycles.Add(
                    new(
                        id,
                        new()
                        {
                            Planned = at,
                            StartedAt = at,
                            Cause = "timer",
                            Holder = "here",
                            Events = [.. Enumerable.Range(0, step.Events[n]).Select(line => $"acme line {line}")],
                        }
                    )
                );
            }
        }

        public Task<IReadOnlyList<PastCycle>> CyclesAsync(
            string account,
            DateTimeOffset from,
            DateTimeOffset before,
            CancellationToken cancellationToken
        )
        {
            var found = _cycles.Where(it => it.Cycle.StartedAt >= from && it.Cycle.StartedAt < before).Reverse().ToList();
            (Asked, Rows) = (Asked + 1, Rows + found.Count);
            return Task.FromResult<IReadOnlyList<PastCycle>>(found);
        }

        public Task<IReadOnlyList<AuditEntry>> ChangesAsync(
            string account,
            DateTimeOffset from,
            DateTimeOffset before,
            CancellationToken cancellationToken
        ) => Task.FromResult<IReadOnlyList<AuditEntry>>([.. _changes.Where(it => it.At >= from && it.At < before)]);

        public Task<IReadOnlyList<EquityDay>> EquityAsync(
            string account,
            DateOnly from,
            DateOnly to,
            CancellationToken cancellationToken
        ) => Task.FromResult<IReadOnlyList<EquityDay>>([]);

        public Task<IReadOnlyList<ScheduleRun>> RunsAsync(
            DateTimeOffset from,
            DateTimeOffset before,
            CancellationToken cancellationToken
        ) => Task.FromResult<IReadOnlyList<ScheduleRun>>([]);
    }
}
