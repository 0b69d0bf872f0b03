using AutoTrader.LocalHost.Azurite;

namespace AutoTrader.Testing;

/// <summary>A real Azurite on free ports in a temporary folder, for the tests of one assembly or collection.</summary>
/// <remarks>Use it as <c>[assembly: AssemblyFixture(typeof(AzuriteFixture))]</c> or as a collection fixture, with table and container names
/// of each test's own.</remarks>
public sealed class AzuriteFixture : IAsyncLifetime
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "azurite-" + Guid.NewGuid().ToString("N"));
    private AzuriteServer? _server;

    public string ConnectionString => _server?.ConnectionString ?? throw new InvalidOperationException("Azurite has not been started.");

    public async ValueTask InitializeAsync() => _server = await AzuriteServer.StartAttachedAsync(_folder);

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }
}
