using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using AutoTrader.Functions.Observability;
using AutoTrader.Storage;
using AutoTrader.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace AutoTrader.Functions.Tests.Observability;

/// <summary>docs/architecture.md, "Observability": what is measured over real cycles, where it goes, and that no log holds a
/// secret.</summary>
public sealed class ObservabilityTests
{
    private const string Trail = """{"id":"runs","symbol":"ACME","strategy_type":"trailing_stop","quantity":10}""";

    [Fact]
    public async Task Every_instrument_is_there_once_with_unit_and_description_and_measures_what_it_says()
    {
        await using var app = await TestApp.StartAsync(services => services.AddSingleton<StorageTransactions>());
        app.Get<StorageTransactions>();
        using var meter = new Listener(app.Get<IMeterFactory>());
        await app.CreateAsync(Trail);
        (
            await app.PostAsync("schedules", """{"id":"late","task_type":"notify","task_data":{"message":"hello"},"schedule_at":"+2m"}""")
        ).Status.ShouldBe(HttpStatusCode.Created);
        await app.MinutesAsync(3);
        await using (await app.HoldLeaseAsync())
        {
            await app.PostAsync("engine/run");
        }

        meter.Observe();
        meter
            .Instruments.Select(it => it.Name)
            .Order(StringComparer.Ordinal)
            .ShouldBe([
                "autotrader.attention",
                "autotrader.cycle.duration",
                "autotrader.decisions",
                "autotrader.lease.contention",
                "autotrader.notifications",
                "autotrader.orders",
                "autotrader.schedule.lateness",
                "autotrader.storage.bytes",
                "autotrader.storage.transactions",
                "autotrader.strategies.evaluated",
            ]);
        meter.Instruments.ShouldAllBe(it =>
            !string.IsNullOrEmpty(it.Unit) && !string.IsNullOrEmpty(it.Description) && it.Meter.Name == Telemetry.Name
        );
        meter.Of("autotrader.cycle.duration").Count.ShouldBe(3);
        meter.Of("autotrader.strategies.evaluated").Sum(it => it.Value).ShouldBe(3);
        meter.Of("autotrader.decisions").ShouldAllBe(it => it.Tags.ContainsKey("kind"));
        meter.Of("autotrader.decisions").Count.ShouldBeGreaterThanOrEqualTo(2);
        meter.Of("autotrader.orders").Select(it => (string)it.Tags["status"]!).ShouldBe(["submitted", "filled", "submitted"]);
        meter.Of("autotrader.lease.contention").Sum(it => it.Value).ShouldBe(1);
        meter.Of("autotrader.attention").ShouldHaveSingleItem().Value.ShouldBe(0);
        var (lateness, tags) = meter.Of("autotrader.schedule.lateness").ShouldHaveSingleItem();
        (lateness, tags["status"], tags["action"]).ShouldBe((0d, "fired", "notify"));
    }

    [Fact]
    public async Task A_cycle_is_one_span_with_its_cause_its_planned_instant_and_its_outcome()
    {
        await using var app = await TestApp.StartAsync();
        var spans = new ConcurrentBag<Activity>();
        using var root = new Activity("test").Start();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Telemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        var planned = app.Now.AddMinutes(1).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
        await app.MinutesAsync(1);
        // Other tests run cycles meanwhile.
        var span = spans.First(it => ((string?)it.GetTagItem("autotrader.planned"))?.StartsWith(planned, StringComparison.Ordinal) == true);
        (span.OperationName, span.GetTagItem("autotrader.cause"), span.GetTagItem("autotrader.outcome")).ShouldBe(
            ("cycle", "timer", "ran")
        );
    }

    [Theory]
    [InlineData(null, null, false)]
    [InlineData(
        "APPLICATIONINSIGHTS_CONNECTION_STRING",
        "InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=http://127.0.0.1:1/",
        true
    )]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1", true)]
    [InlineData("OTEL_METRICS_EXPORTER", "console", true)]
    [InlineData("OTEL_TRACES_EXPORTER", "console", true)]
    public async Task Spans_and_measurements_go_where_the_settings_say(string? setting, string? value, bool exports)
    {
        await using var app = await (setting is null ? TestApp.StartAsync() : TestApp.StartAsync((setting, value!)));
        (app.TryGet<MeterProvider>() is not null, app.TryGet<TracerProvider>() is not null).ShouldBe((exports, exports));
    }

    [Fact]
    public async Task No_log_holds_a_key_however_much_is_logged()
    {
        using var log = new KeptLog();
        await using var app = await TestApp.StartAsync(
            services => services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log)),
            ("LocalHost:Keys:alice", "very-secret-key"),
            ("DISCORD_WEBHOOK_URL", "https://discord.com/api/webhooks/1/very-secret-key"),
            ("AzureWebJobsStorage", "UseDevelopmentStorage=true")
        );
        (await app.PostAsync("strategies", Trail, ("x-functions-key", "very-secret-key"))).Status.ShouldBe(HttpStatusCode.Created);
        (await app.GetAsync("strategies?code=very-secret-key")).Status.ShouldBe(HttpStatusCode.OK);
        (await app.GetAsync("strategies?code=very-secret-keys")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        await app.MinutesAsync(2);
        log.Lines.ShouldNotBeEmpty();
        log.Lines.Where(line => line.Contains("very-secret-key", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public async Task No_line_for_people_says_null()
    {
        using var log = new KeptLog();
        await using var app = await TestApp.StartAsync(services => services.AddLogging(logging => logging.AddProvider(log)));
        await app.PostAsync("strategies", Trail);
        await app.MinutesAsync(2);

        var told = log.Entries.Where(entry => entry.Level >= LogLevel.Information).Select(entry => entry.Text).ToList();
        told.ShouldContain(text => text.StartsWith("create_strategy ", StringComparison.Ordinal));
        told.ShouldNotContain(text => text.Contains("(null)", StringComparison.Ordinal));
    }

    private sealed class Listener : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentQueue<(string Name, double Value, Dictionary<string, object?> Tags)> _seen = new();
        private readonly ConcurrentQueue<Instrument> _instruments = new();

        public Listener(IMeterFactory meters)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Scope == meters && instrument.Meter.Name.StartsWith("AutoTrader", StringComparison.Ordinal))
                {
                    _instruments.Enqueue(instrument);
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.Start();
        }

        public IReadOnlyCollection<Instrument> Instruments => _instruments;

        public void Observe() => _listener.RecordObservableInstruments();

        public List<(double Value, Dictionary<string, object?> Tags)> Of(string name) =>
            [.. _seen.Where(it => it.Name == name).Select(it => (it.Value, it.Tags))];

        public void Dispose() => _listener.Dispose();

        private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            _seen.Enqueue((instrument.Name, value, tags.ToArray().ToDictionary(StringComparer.Ordinal)));
    }
}
