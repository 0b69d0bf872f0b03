using System.Diagnostics.Metrics;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Storage.Lease;
using AutoTrader.Storage.Stores;
using AutoTrader.Storage.Tables;
using AutoTrader.Storage.Tests.Kit;
using AutoTrader.Testing;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using static AutoTrader.Storage.Tests.Kit.Records;

namespace AutoTrader.Storage.Tests.OnAzurite;

public sealed class RegistrationTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task The_app_s_settings_give_stores_under_the_prefix_whose_requests_are_metered()
    {
        var prefix = "P" + Guid.NewGuid().ToString("N")[..12];
        await using var services = Build(("AzureWebJobsStorage", azurite.ConnectionString), ("AutoTrader:TablePrefix", prefix));
        var metered = 0L;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (
                    instrument is { Name: "autotrader.storage.transactions", Meter.Name: "AutoTrader" }
                    && instrument.Meter.Scope == services.GetRequiredService<IMeterFactory>()
                )
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref metered, value));
        listener.Start();

        await services.GetRequiredService<ITradingStore>().MustCommitAsync(Insert(Strategy("s1")));
        await using (await services.GetRequiredService<IEngineLease>().TryAcquireAsync(Account, "host-1", CancellationToken.None))
        {
            services
                .GetRequiredService<BlobServiceClient>()
                .GetBlobContainers()
                .Select(container => container.Name)
                .ShouldContain(prefix.ToLowerInvariant() + "autotrader");
        }

        services.GetRequiredService<TableServiceClient>().Query().Select(table => table.Name).ShouldContain(prefix + TradingTable);
        metered.ShouldBe(services.GetRequiredService<StorageTransactions>().Count);
        metered.ShouldBeGreaterThan(4);
        services.GetRequiredService<IEngineStore>().ShouldBeOfType<TableEngineStore>();
        services.GetRequiredService<IAuditLog>().ShouldBeOfType<TableAuditLog>();
        services.GetRequiredService<IPaperStore>().ShouldBeOfType<TablePaperStore>();
        services.GetRequiredService<IScheduleStore>().ShouldBeOfType<TableScheduleStore>();
        services.GetRequiredService<FillsProjection>().ShouldNotBeNull();
    }

    [Fact]
    public async Task An_identity_needs_only_the_account_s_name_or_its_addresses()
    {
        await using var byName = Build(("AzureWebJobsStorage:accountName", "mytrading"));
        byName.GetRequiredService<TableServiceClient>().Uri.ShouldBe(new("https://mytrading.table.core.windows.net"));
        byName.GetRequiredService<BlobServiceClient>().Uri.ShouldBe(new("https://mytrading.blob.core.windows.net"));

        await using var byAddress = Build(
            ("AzureWebJobsStorage:tableServiceUri", "https://t.example.com"),
            ("AzureWebJobsStorage:blobServiceUri", "https://b.example.com"),
            ("AzureWebJobsStorage:clientId", "11111111-2222-3333-4444-555555555555")
        );
        byAddress.GetRequiredService<TableServiceClient>().Uri.ShouldBe(new("https://t.example.com"));
        byAddress.GetRequiredService<BlobServiceClient>().Uri.ShouldBe(new("https://b.example.com"));

        await using var local = Build(("AzureWebJobsStorage", "UseDevelopmentStorage=true"));
        local.GetRequiredService<TableServiceClient>().Uri.Port.ShouldBe(10002);
    }

    [Theory]
    [InlineData("AzureWebJobsStorage", "", "AzureWebJobsStorage")]
    [InlineData("AzureWebJobsStorage:tableServiceUri", "https://t.example.com", "AzureWebJobsStorage")]
    [InlineData("AutoTrader:TablePrefix", "no-dashes", "AutoTrader__TablePrefix")]
    public void A_missing_or_wrong_setting_is_named(string name, string value, string named) =>
        Should.Throw<InvalidOperationException>(() => Build((name, value))).Message.ShouldContain(named);

    [Fact]
    public async Task Memory_storage_outlives_a_restart_when_its_tables_are_passed_on()
    {
        var tables = new MemoryTables();
        var lease = new MemoryEngineLease();
        await using (var first = new ServiceCollection().AddAutoTraderMemoryStorage(tables, lease).BuildServiceProvider())
        {
            await first.GetRequiredService<ITradingStore>().MustCommitAsync(Insert(Strategy("s1")));
            (await first.GetRequiredService<IEngineLease>().TryAcquireAsync(Account, "host-1", CancellationToken.None)).ShouldNotBeNull();
        }

        await using var second = new ServiceCollection().AddAutoTraderMemoryStorage(tables, lease).BuildServiceProvider();
        (await second.GetRequiredService<ITradingStore>().LoadAsync(Account, CancellationToken.None)).Strategies.Count.ShouldBe(1);
        (await second.GetRequiredService<IEngineLease>().TryAcquireAsync(Account, "host-2", CancellationToken.None)).ShouldBeNull();
        lease.Break(Account);
        (await second.GetRequiredService<IEngineLease>().TryAcquireAsync(Account, "host-2", CancellationToken.None)).ShouldNotBeNull();
        second.GetRequiredService<IAuditLog>().ShouldBeOfType<MemoryAuditLog>();
        second.GetRequiredService<IPaperStore>().ShouldBeOfType<MemoryPaperStore>();
        second.GetRequiredService<IScheduleStore>().ShouldBeOfType<MemoryScheduleStore>();
    }

    private const string TradingTable = "Trading";

    private static ServiceProvider Build(params (string Name, string Value)[] settings) =>
        new ServiceCollection()
            .AddAutoTraderStorage(
                new ConfigurationBuilder()
                    .AddInMemoryCollection(settings.ToDictionary(setting => setting.Name, setting => (string?)setting.Value))
                    .Build()
            )
            .BuildServiceProvider();
}
