using System.Globalization;
using System.Net;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Ports;
using AutoTrader.Storage.Tables;

namespace AutoTrader.Functions.Tests.Api;

/// <summary>The equity curve is what the broker said that the account was worth, and costs no request of its own.</summary>
public sealed class EquityTests
{
    [Fact]
    public async Task It_is_the_account_as_the_broker_told_it_every_five_minutes_and_a_day_s_last_by_the_day()
    {
        await using var app = await TestApp.StartAsync();
        await app.CreateAsync("""{"id":"acme","symbol":"ACME","strategy_type":"trailing_stop","trailing_stop_pct":"20","quantity":20}""");
        await app.MinutesAsync(31);
        var samples = (await app.GetAsync("portfolio/history?days=1&interval=sample")).ShouldBe(HttpStatusCode.OK).Json["items"]!.AsArray();
        samples.Count.ShouldBe(7);
        var figures = samples.Select(point => Decimal(point!["equity"]!)).ToList();
        // Profit that is not realized moves it, too.
        figures.Distinct().Count().ShouldBeGreaterThan(2);
        Decimal(samples[^1]!["cash"]!).ShouldBeLessThan(Decimal(samples[0]!["cash"]!));
        (await app.Get<IHistory>().CyclesAsync("paper", app.Now.AddHours(-1), app.Now.AddMinutes(1), CancellationToken.None))
            .Count(it => it.Cycle.Equity is not null)
            .ShouldBe(7);

        // Two sessions later each day has one point, with what it ended with.
        await app.UntilAsync(new(2026, 2, 4, 14, 31, 0, TimeSpan.Zero));
        var days = (await app.GetAsync("portfolio/history")).ShouldBe(HttpStatusCode.OK).Json["items"]!.AsArray();
        days.Select(point => point!["day"]!.GetValue<string>()).ShouldBe(["2026-02-02", "2026-02-03", "2026-02-04"]);
        days[1]!["at"]!.GetValue<DateTimeOffset>().ShouldBeGreaterThanOrEqualTo(new(2026, 2, 3, 20, 55, 0, TimeSpan.Zero));
        var sampled = (
            await app.Get<IHistory>().CyclesAsync("paper", app.Now.AddHours(-1), app.Now.AddMinutes(1), CancellationToken.None)
        ).Last(it => it.Cycle.Equity is not null);
        Decimal(days[2]!["equity"]!).ShouldBe(sampled.Cycle.Equity!.Value);

        (await app.GetAsync("portfolio/history?interval=sample&days=32")).ShouldBe(HttpStatusCode.BadRequest, "VALIDATION_ERROR");
    }

    [Fact]
    public async Task A_cycle_that_samples_asks_storage_no_more_often_than_one_that_does_not()
    {
        var asked = 0;
        var counted = new List<int>();
        var tables = new MemoryTables().Through(table => new CountedTable(table, () => Interlocked.Increment(ref asked)));
        await using var app = await TestApp.StartAsync(new() { Tables = tables }, TestApp.Start, _ => { });
        await app.MinutesAsync(6);
        for (var minute = 0; minute < 10; minute++)
        {
            var before = Volatile.Read(ref asked);
            await app.Get<IEvaluationCycle>().RunAsync(new(app.Now.AddMinutes(minute + 1), CycleRequest.Timer), CancellationToken.None);
            counted.Add(Volatile.Read(ref asked) - before);
        }

        counted.Distinct().ShouldHaveSingleItem();
        (await app.GetAsync("portfolio/history?interval=sample")).Json["items"]!.AsArray().Count.ShouldBeGreaterThan(2);
    }

    [Fact]
    public async Task It_is_part_of_a_backup()
    {
        await using var app = await TestApp.StartAsync();
        await app.MinutesAsync(11);
        var file = await app.Client.GetByteArrayAsync(new Uri(app.Address, "api/backup"));
        await using var other = await TestApp.StartAsync(new(), app.Now, _ => { });
        using var content = new ByteArrayContent(file);
        content.Headers.ContentType = new("application/gzip");
        (await other.SendContentAsync("POST", "restore", content)).ShouldBe(HttpStatusCode.OK);
        const string Curve = "portfolio/history?interval=sample";
        (await other.GetAsync(Curve)).Text.ShouldBe((await app.GetAsync(Curve)).Text);
    }

    private static decimal Decimal(System.Text.Json.Nodes.JsonNode node) =>
        decimal.Parse(node.GetValue<string>(), CultureInfo.InvariantCulture);
}
