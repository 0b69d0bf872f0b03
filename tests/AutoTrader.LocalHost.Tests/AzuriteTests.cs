using AutoTrader.LocalHost.Azurite;
using AutoTrader.Testing;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging.Abstractions;

[assembly: AssemblyFixture(typeof(AzuriteFixture))]

namespace AutoTrader.LocalHost.Tests;

public sealed class AzuriteTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task A_started_server_serves_tables_and_blobs()
    {
        var table = new TableClient(azurite.ConnectionString, "started" + Guid.NewGuid().ToString("N"));
        await table.CreateAsync();
        await table.AddEntityAsync(new TableEntity("p", "r") { ["value"] = "kept" });
        (await table.GetEntityAsync<TableEntity>("p", "r")).Value.GetString("value").ShouldBe("kept");

        var container = new BlobContainerClient(azurite.ConnectionString, "started" + Guid.NewGuid().ToString("N"));
        await container.CreateAsync();
        await container.GetBlobClient("b").UploadAsync(BinaryData.FromString("kept"));
        (await container.GetBlobClient("b").DownloadContentAsync()).Value.Content.ToString().ShouldBe("kept");
    }

    [Fact]
    public async Task What_was_written_survives_a_stop_by_SIGTERM()
    {
        var folder = Path.Combine(Path.GetTempPath(), "azurite-" + Guid.NewGuid().ToString("N"));
        try
        {
            await using (var first = await AzuriteServer.StartAttachedAsync(folder))
            {
                var table = new TableClient(first.ConnectionString, "kept");
                await table.CreateAsync();
                await table.AddEntityAsync(new TableEntity("p", "r"));
            }

            await using var second = await AzuriteServer.StartAttachedAsync(folder);
            (await new TableClient(second.ConnectionString, "kept").GetEntityAsync<TableEntity>("p", "r")).Value.RowKey.ShouldBe("r");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_connection_string_of_a_storage_account_starts_nothing() =>
        (await AzuriteServer.EnsureRunningAsync(azurite.ConnectionString, NullLogger.Instance)).ShouldBeNull();
}
