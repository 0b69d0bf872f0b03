using AutoTrader.HostTests.Hosting;
using AutoTrader.HostTests.Schedules;
using AutoTrader.Testing;

namespace AutoTrader.HostTests.Measuring;

/// <summary>The app with the timers of its example settings, two hundred schedules that sleep, and a meter before its storage.</summary>
public sealed class MeasuredApp(PublishedApp published) : LiveApp(published)
{
    /// <summary>Turns the measurements on.</summary>
    public const string Variable = "AUTOTRADER_HOST_MEASURE";

    /// <summary>How many sleep.</summary>
    public const int Asleep = 200;

    private StorageMeter? _meter;

    /// <summary>Whether to measure.</summary>
    public static bool IsOn => Environment.GetEnvironmentVariable(Variable) == "1";

    internal StorageMeter Meter => _meter!;

    /// <summary>What it took to create those that sleep.</summary>
    internal IReadOnlyList<StorageRequest> Creation { get; private set; } = [];

    /// <summary>How long that took.</summary>
    internal TimeSpan CreationTime { get; private set; }

    protected override IEnumerable<KeyValuePair<string, string>> Settings => [];

    protected override string Storage => Meter.ConnectionString;

    public override async ValueTask InitializeAsync()
    {
        if (!IsOn || HostCommand.Found is null)
        {
            return;
        }

        await base.InitializeAsync();
        var (from, started) = (Meter.Count, DateTimeOffset.UtcNow);
        var far = Rules.In(TimeSpan.FromDays(40));
        await Crowd.CreateAsync(this, "asleep", Asleep, id => Rules.Notify(Rules.At(far), id));
        CreationTime = DateTimeOffset.UtcNow - started;
        await Eventually.IsPastAsync(DateTimeOffset.UtcNow.AddSeconds(5));
        Creation = Meter.From(from);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_meter is not null)
        {
            await _meter.DisposeAsync();
        }
    }

    private protected override async Task StorageIsUpAsync() => _meter = await StorageMeter.StartAsync(Azurite.ConnectionString);
}

/// <summary>The measurements share one host.</summary>
[CollectionDefinition(Name)]
public sealed class MeasuredCollection : ICollectionFixture<MeasuredApp>
{
    public const string Name = "A host that is measured";
}
