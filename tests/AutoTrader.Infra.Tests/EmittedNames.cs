using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.RegularExpressions;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Schedules;
using AutoTrader.Functions.Observability;
using AutoTrader.Functions.Scheduling;
using AutoTrader.InfraDocs;
using AutoTrader.Storage;
using AutoTrader.Testing;
using Azure;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Infra.Tests;

/// <summary>
/// The names under which the code tells what it does: its instruments with their dimensions, its events with their fields, and the words
/// that stand in them.
/// </summary>
internal static partial class EmittedNames
{
    private static readonly Assembly[] Assemblies =
    [
        typeof(EngineEvent).Assembly,
        typeof(Telemetry).Assembly,
        typeof(StorageRegistration).Assembly,
        typeof(Brokers.BrokerRegistration).Assembly,
        typeof(Yaml.StrategyFileService).Assembly,
    ];

    private static readonly Lazy<string> Sources = new(() =>
        string.Concat(
            Directory.EnumerateFiles(Path.Combine(Bicep.Top, "src"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText)
        )
    );

    /// <summary>Dimensions by instrument, as the meter heard them when everything was told once.</summary>
    public static IReadOnlyDictionary<string, IReadOnlySet<string>> Instruments { get; } = Listen();

    /// <summary>Fields by event id.</summary>
    public static IReadOnlyDictionary<int, IReadOnlySet<string>> Events { get; } = ReadEvents();

    /// <summary>The fields that the exporter adds to every event.</summary>
    public static IReadOnlySet<string> OfEveryEvent { get; } =
        new HashSet<string>(StringComparer.Ordinal) { "EventId", "EventName", "CategoryName" };

    /// <summary>Whether the code has this word, as a text or as the name of a value.</summary>
    public static bool IsWord(string word) =>
        Sources.Value.Contains($"\"{word}\"", StringComparison.Ordinal) || WireWords.Value.Contains(word);

    /// <summary>How many instruments the sources make.</summary>
    public static int InstrumentsInSources => MakesInstrument().Count(Sources.Value);

    /// <summary>Tells everything once that the app measures and writes down.</summary>
    public static void EmitEverything(IServiceProvider services)
    {
        var (telemetry, loggers) = (services.GetRequiredService<Telemetry>(), services.GetRequiredService<ILoggerFactory>());
        var at = new DateTimeOffset(2026, 2, 2, 15, 0, 0, TimeSpan.Zero);
        var log = new EngineEventLog(loggers, telemetry);
        foreach (var kind in Enum.GetValues<EngineEventKind>().Where(kind => kind != EngineEventKind.CycleEnded))
        {
            log.Publish(
                new(kind, at, "s1", "ACME", "what happened", OrderStatus.Filled, new("UNPROTECTED", "strategy|s1", "what happened", at))
            );
        }

        log.CycleEnded(
            new()
            {
                Planned = at,
                StartedAt = at,
                Cause = "timer",
                Holder = "here",
                MarketOpen = true,
                DurationMs = 12,
                Attention = 1,
                Error = "a reason",
            }
        );
        log.LeaseContended();
        new ScheduleEventLog(loggers, telemetry).RunEnded(
            new()
            {
                ScheduleId = "sch1",
                Planned = at,
                Cause = ScheduleRun.Scheduled,
                Status = RunStatus.Fired,
                StartedAt = at,
                Task = new(ScheduleAction.StrategyStart) { Target = "s1" },
            }
        );
        telemetry.Decided("entry");
        telemetry.Notified("discord", delivered: false);
    }

    /// <summary>Raises an attention item.</summary>
    public static void EmitAttention(IServiceProvider services) =>
        new EngineEventLog(services.GetRequiredService<ILoggerFactory>(), services.GetRequiredService<Telemetry>()).Publish(
            new(
                EngineEventKind.AttentionRaised,
                DateTimeOffset.UnixEpoch,
                null,
                null,
                "what happened",
                null,
                new("UNPROTECTED", "strategy|s1", "what happened", DateTimeOffset.UnixEpoch)
            )
        );

    private static Dictionary<string, IReadOnlySet<string>> Listen()
    {
        using var services = new ServiceCollection()
            .AddMetrics()
            .AddLogging()
            .AddSingleton<Telemetry>()
            .AddSingleton(provider => new StorageTransactions(provider.GetRequiredService<IMeterFactory>()))
            .BuildServiceProvider();
        var found = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, me) =>
        {
            if (instrument.Meter.Name == Telemetry.Name && instrument.Meter.Scope == services.GetRequiredService<IMeterFactory>())
            {
                found.TryAdd(instrument.Name, new(StringComparer.Ordinal));
                me.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Add(instrument, tags));
        listener.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Add(instrument, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Add(instrument, tags));
        listener.Start();
        EmitEverything(services);
        AskStorage(services.GetRequiredService<StorageTransactions>());
        listener.RecordObservableInstruments();
        return found.ToDictionary(it => it.Key, it => (IReadOnlySet<string>)it.Value, StringComparer.Ordinal);

        void Add(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var tag in tags)
            {
                found[instrument.Name].Add(tag.Key);
            }
        }
    }

    private static void AskStorage(StorageTransactions transactions)
    {
        using var responses = new Responses();
        var options = new TableClientOptions { Transport = new HttpClientTransport(responses) };
        transactions.CountIn(options, "table");
        var tables = new TableServiceClient(new Uri("https://account.table.core.windows.net"), new AzureSasCredential("sig=none"), options);
        tables.GetTableClient("Trading").Query<TableEntity>(cancellationToken: CancellationToken.None).ShouldBeEmpty();
    }

    private static Dictionary<int, IReadOnlySet<string>> ReadEvents()
    {
        var events = new Dictionary<int, HashSet<string>>();
        const BindingFlags Declared =
            BindingFlags.Static | BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly;
        var methods = Assemblies.SelectMany(assembly => assembly.GetTypes()).SelectMany(type => type.GetMethods(Declared));
        foreach (
            var attribute in methods.Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()).OfType<LoggerMessageAttribute>()
        )
        {
            events.TryAdd(attribute.EventId, new(StringComparer.Ordinal));
            events[attribute.EventId].UnionWith(Placeholder().Matches(attribute.Message).Select(match => match.Groups["name"].Value));
        }

        // The engine's own are written without a template: as they come.
        using var kept = new KeptLog();
        using var services = new ServiceCollection()
            .AddMetrics()
            .AddLogging(logging => logging.AddProvider(kept))
            .AddSingleton<Telemetry>()
            .BuildServiceProvider();
        EmitEverything(services);
        foreach (var line in kept.Entries)
        {
            events.TryAdd(line.Id.Id, new(StringComparer.Ordinal));
            events[line.Id.Id].UnionWith(line.Fields.Keys.Where(name => name != "{OriginalFormat}"));
        }

        return events.ToDictionary(it => it.Key, it => (IReadOnlySet<string>)it.Value);
    }

    private static readonly Lazy<HashSet<string>> WireWords = new(() =>
        [
            .. Assemblies
                .SelectMany(assembly => assembly.GetTypes())
                .Where(type => type.IsEnum)
                .SelectMany(Enum.GetNames)
                .Select(name => Capital().Replace(name, "_$0").ToLowerInvariant()),
        ]
    );

    [GeneratedRegex(
        @"\{(?<name>[A-Za-z]+)(:[^}]*)?\}",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Placeholder();

    [GeneratedRegex("(?<!^)[A-Z]", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Capital();

    [GeneratedRegex(
        @"\.Create(Observable)?(Counter|UpDownCounter|Histogram|Gauge)(<[a-z]+>)?\(",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex MakesInstrument();

    private sealed class Responses : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(Send(request, cancellationToken));

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
            new(System.Net.HttpStatusCode.OK)
            {
                RequestMessage = request,
                Content = new StringContent("{\"value\":[]}", System.Text.Encoding.UTF8, "application/json"),
            };
    }
}
