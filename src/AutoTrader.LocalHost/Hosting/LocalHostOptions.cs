using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using AutoTrader.LocalHost.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalHost.Hosting;

/// <summary>How a host is made, by the process that it is or by a test in whose process it runs.</summary>
internal sealed record LocalHostOptions
{
    /// <summary>Where the functions are, and whose name the state in storage goes by: the first.</summary>
    public required ImmutableArray<Assembly> Assemblies { get; init; }

    /// <summary>Only the functions of these classes; all of <see cref="Assemblies"/> when empty.</summary>
    public ImmutableArray<Type> Classes { get; init; } = [];

    /// <summary>The folder of host.json and local.settings.json, of which the latter becomes environment variables; null in tests, which
    /// share their process.</summary>
    public string? Folder { get; init; }

    /// <summary>App settings that win over all others.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; init; } = ImmutableDictionary<string, string?>.Empty;

    /// <summary>Whether settings come from the environment of the process, too.</summary>
    public bool ReadsEnvironment { get; init; } = true;

    /// <summary>Where the host keeps its own state; null for tables and blobs in <c>AzureWebJobsStorage</c>.</summary>
    public IRuntimeStorage? Storage { get; init; }

    /// <summary>Whether the app and the host keep everything in memory, so that nothing outlives the process.</summary>
    public bool InMemory { get; init; }

    /// <summary>Whether to start Azurite when the settings use it and nothing listens.</summary>
    public bool StartsAzurite { get; init; } = true;

    /// <summary>Which triggers this process serves, as on a plan that scales functions in groups.</summary>
    public TriggerGroups Groups { get; init; } = TriggerGroups.All;

    /// <summary>A virtual clock that moves only through <see cref="LocalFunctionsHost.RunUntilAsync"/>; null for the clock of the
    /// settings.</summary>
    public DateTimeOffset? SteppedFrom { get; init; }

    /// <summary>The instants (UTC) that a replay may run through as fast as it can, when its settings say so.</summary>
    public Func<DateTimeOffset, bool> IsClosed { get; init; } = _ => false;

    /// <summary>The category of the app's own lines, which stand alone on the console; null for none.</summary>
    public string? PlainCategory { get; init; }

    /// <summary>Changes the loggers, which write to the console otherwise.</summary>
    public Action<ILoggingBuilder>? Logging { get; init; }

    /// <summary>A host for a test: in memory, a free port, virtual time in the hands of the test, silent.</summary>
    public static LocalHostOptions ForTest(DateTimeOffset start, params ImmutableArray<Assembly> assemblies) =>
        new()
        {
            Assemblies = assemblies,
            SteppedFrom = start,
            Storage = new MemoryRuntimeStorage(),
            Logging = logging => logging.ClearProviders(),
        };
}

/// <summary>Groups of triggers that may be processes of their own.</summary>
[Flags]
internal enum TriggerGroups
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>HTTP functions.</summary>
    Http = 1,

    /// <summary>Timer functions.</summary>
    Timers = 2,

    /// <summary>Orchestrations and activities.</summary>
    Durable = 4,

    /// <summary>All.</summary>
    All = Http | Timers | Durable,
}

/// <summary>The settings of the local host itself, all under <c>LocalHost__</c>.</summary>
internal sealed record RuntimeSettings
{
    /// <summary>The port on 127.0.0.1; 0 for any free one.</summary>
    public required int Port { get; init; }

    /// <summary>Keys by name; the one named <c>_master</c> opens the admin level. Empty: no keys are required.</summary>
    public required ImmutableDictionary<string, string> Keys { get; init; }

    /// <summary>Where the replay starts (UTC); null for the wall clock.</summary>
    public DateTimeOffset? ReplayStart { get; init; }

    /// <summary>Where virtual time stops (UTC), if it does.</summary>
    public DateTimeOffset? ReplayEnd { get; init; }

    /// <summary>Virtual seconds per second at most; 0 for no bound.</summary>
    public double ReplaySpeed { get; init; }

    /// <summary>Whether a replay runs through closed hours as fast as it can.</summary>
    public bool SkipsClosedHours { get; init; }

    /// <summary>How long running invocations may take to end when the host stops (wall clock).</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Reads them.</summary>
    /// <param name="configuration">All settings.</param>
    /// <param name="defaultPort">The port when no setting names one.</param>
    /// <exception cref="FormatException">A value is invalid; the message names the setting.</exception>
    public static RuntimeSettings Read(IConfiguration configuration, int defaultPort)
    {
        var section = configuration.GetSection("LocalHost");
        return new RuntimeSettings
        {
            Port = Parse(section, "Port", text => (int?)int.Parse(text, CultureInfo.InvariantCulture)) ?? defaultPort,
            Keys = section
                .GetSection("Keys")
                .GetChildren()
                .Where(key => !string.IsNullOrEmpty(key.Value))
                .ToImmutableDictionary(key => key.Key, key => key.Value!, StringComparer.OrdinalIgnoreCase),
            ReplayStart = Parse(section, "Replay:Start", Instant),
            ReplayEnd = Parse(section, "Replay:End", Instant),
            ReplaySpeed = Parse(section, "Replay:Speed", Speed) ?? 0,
            SkipsClosedHours = Parse(section, "Replay:SkipClosedHours", text => (bool?)bool.Parse(text)) ?? false,
            DrainTimeout = Parse(section, "DrainSeconds", text =>
                (TimeSpan?)TimeSpan.FromSeconds(int.Parse(text, CultureInfo.InvariantCulture))
            ) ?? TimeSpan.FromSeconds(60),
        };
    }

    // Negative it would be taken for unbounded, and no number at all would never end.
    private static double? Speed(string text) =>
        double.Parse(text, CultureInfo.InvariantCulture) is >= 0 and <= 1_000_000 and var speed
            ? speed
            : throw new FormatException("It is 0 (unbounded) to 1000000.");

    private static DateTimeOffset? Instant(string text) =>
        DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);

    private static T? Parse<T>(IConfiguration configuration, string name, Func<string, T?> parse)
        where T : struct
    {
        if (configuration[name] is not { Length: > 0 } text)
        {
            return null;
        }
        try
        {
            return parse(text);
        }
        catch (Exception failure) when (failure is FormatException or OverflowException)
        {
            throw new FormatException(
                $"The setting LocalHost__{name.Replace(":", "__", StringComparison.Ordinal)} cannot be read: '{text}'. {failure.Message}",
                failure
            );
        }
    }
}
