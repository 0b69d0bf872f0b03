using AutoTrader.Functions.Observability;
using AutoTrader.Storage.Tables;

namespace AutoTrader.Functions.Tests.Observability;

/// <summary>Health tries whether storage takes a write when that tells something new, and not whenever somebody asks.</summary>
public sealed class HealthTests
{
    private readonly WriteFaults _faults = new();

    [Fact]
    public async Task Storage_that_may_only_be_read_is_told_by_the_first_look_after_a_deployment()
    {
        var tables = new MemoryTables();
        DateTimeOffset now;
        await using (var before = await TestApp.StartAsync(new TestStorage { Tables = tables }, TestApp.Start, _ => { }))
        {
            await before.MinutesAsync(6);
            (await StatusAsync(before)).ShouldBe("ok");
            now = before.Now;
        }

        await using var app = await TestApp.StartAsync(new TestStorage { Tables = tables.Through(_faults.Before) }, now, _ => { });
        _faults.Left = 0;
        // Nothing is silent yet.
        (await StatusAsync(app)).ShouldBe("unavailable");
        _faults.Left = -1;
        (await StatusAsync(app)).ShouldBe("ok");
    }

    [Fact]
    public async Task However_often_health_is_asked_for_it_writes_every_other_minute()
    {
        await using var app = await TestApp.StartAsync(
            new TestStorage { Tables = new MemoryTables().Through(_faults.Before) },
            TestApp.Start,
            _ => { }
        );
        await app.MinutesAsync(6);
        (await WritesAsync(app)).ShouldBe(1);
        (await WritesAsync(app)).ShouldBe(0);
        await app.MinutesAsync(1);
        (await WritesAsync(app)).ShouldBe(0);
        await app.MinutesAsync(1);
        (await WritesAsync(app)).ShouldBe(1);
    }

    private async Task<int> WritesAsync(TestApp app)
    {
        _faults.Left = 100;
        (await StatusAsync(app)).ShouldBe("ok");
        var writes = 100 - _faults.Left;
        _faults.Left = -1;
        return writes;
    }

    private static async Task<string> StatusAsync(TestApp app) =>
        (await app.Get<HealthCheck>().LookAsync(TestContext.Current.CancellationToken)).Status;
}
