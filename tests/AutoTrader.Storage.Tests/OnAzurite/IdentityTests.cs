using System.Net;
using AutoTrader.Core.Ports;
using AutoTrader.Storage.Tests.Kit;
using AutoTrader.Testing;
using Azure;
using Azure.Core;
using Azure.Data.Tables;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using static AutoTrader.Storage.Tests.Kit.Records;

namespace AutoTrader.Storage.Tests.OnAzurite;

/// <summary>In Azure there are no keys: stores and lease work with a token, over HTTPS, as the real account takes it.</summary>
public sealed class IdentityTests(OAuthAzurite azurite) : IClassFixture<OAuthAzurite>
{
    [Fact]
    public async Task Stores_and_lease_work_by_a_token_and_no_key()
    {
        await using var services = Build(new TestIdentity(TimeSpan.FromHours(1)));
        var store = services.GetRequiredService<ITradingStore>();
        await store.MustCommitAsync(Insert(Strategy("s1")));
        (await store.LoadAsync(Account, CancellationToken.None)).Strategies.ShouldHaveSingleItem();
        await services
            .GetRequiredService<IAuditLog>()
            .AppendAsync(Account, new(DateTimeOffset.UnixEpoch.AddYears(56), "a1", "me", "test", null), CancellationToken.None);
        var lease = services.GetRequiredService<IEngineLease>();
        await using (await lease.TryAcquireAsync(Account, "host-1", CancellationToken.None))
        {
            (await lease.TryAcquireAsync(Account, "host-2", CancellationToken.None)).ShouldBeNull();
        }
    }

    [Fact]
    public async Task A_token_that_has_expired_opens_nothing()
    {
        await using var services = Build(new TestIdentity(TimeSpan.FromHours(-1)));
        var refused = await Should.ThrowAsync<RequestFailedException>(async () =>
            await services.GetRequiredService<TableServiceClient>().CreateTableAsync("Refused")
        );
        refused.Status.ShouldBe((int)HttpStatusCode.Forbidden, refused.Message);
    }

    private ServiceProvider Build(TokenCredential identity)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(azurite.Settings).Build();
        var account = StorageAccount.From(configuration.GetSection("AzureWebJobsStorage"));
        account.Credential.ShouldNotBeNull();
        var services = new ServiceCollection();
        services.AddMetrics();
        services.AddSingleton(provider =>
            (account with { Credential = identity }).Tables(provider.GetRequiredService<StorageTransactions>(), azurite.Trust)
        );
        services.AddSingleton(provider =>
            (account with { Credential = identity }).Blobs(provider.GetRequiredService<StorageTransactions>(), azurite.Trust)
        );
        return services.AddAutoTraderStorage(configuration).BuildServiceProvider();
    }
}
