using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AutoTrader.Core.Ports;
using AutoTrader.LocalHost.Azurite;
using AutoTrader.Storage.Tests.Kit;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using static AutoTrader.Storage.Tests.Kit.Records;

namespace AutoTrader.Storage.Tests.OnAzurite;

/// <summary>In Azure there are no keys: stores and lease work with a token, over HTTPS, as the real account takes it.</summary>
public sealed class IdentityTests : IAsyncLifetime
{
    private const int Services = 3;

    private readonly string _folder = Directory.CreateTempSubdirectory("azurite-oauth-").FullName;
    private readonly AzuritePorts _ports = AzuritePorts.Free();
    private readonly X509Certificate2 _certificate = Certificate();
    private Process? _azurite;
    private Task _read = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var tool = NpmTool.Find(NpmTool.Azurite);
        await using (await tool.LockAsync(cancellation))
        {
            await tool.InstallAsync(cancellationToken: cancellation);
        }

        var (certificate, key) = (Path.Combine(_folder, "certificate.pem"), Path.Combine(_folder, "key.pem"));
        await File.WriteAllTextAsync(certificate, _certificate.ExportCertificatePem(), cancellation);
        await File.WriteAllTextAsync(key, _certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem(), cancellation);
        _azurite = tool.Run(["attached", "--oauth", "basic", "--cert", certificate, "--key", key, .. _ports.Arguments(_folder)]);

        // It says so in a line for each of its three services.
        var listening = 0;
        while (listening < Services)
        {
            var line = await _azurite.StandardOutput.ReadLineAsync(cancellation)
                ?? throw new InvalidOperationException(await _azurite.StandardError.ReadToEndAsync(cancellation));
            listening += line.Contains("successfully listen", StringComparison.OrdinalIgnoreCase) ? 1 : 0;
        }

        // Read on, or it would wait for a reader.
        _read = Task.WhenAll(
            _azurite.StandardOutput.ReadToEndAsync(CancellationToken.None),
            _azurite.StandardError.ReadToEndAsync(CancellationToken.None)
        );
    }

    public async ValueTask DisposeAsync()
    {
        if (_azurite is not null)
        {
            // It ends with its standard input.
            _azurite.StandardInput.Close();
            await _read;
            await _azurite.WaitForExitAsync();
            _azurite.Dispose();
        }

        _certificate.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Stores_and_lease_work_by_a_token_and_no_key()
    {
        await using var services = Build(new Identity(TimeSpan.FromHours(1)));
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
        await using var services = Build(new Identity(TimeSpan.FromHours(-1)));
        var refused = await Should.ThrowAsync<RequestFailedException>(async () =>
            await services.GetRequiredService<TableServiceClient>().CreateTableAsync("Refused")
        );
        refused.Status.ShouldBe((int)HttpStatusCode.Forbidden, refused.Message);
    }

    private ServiceProvider Build(TokenCredential identity)
    {
        var account = StorageAccount.From(
            new ConfigurationBuilder().AddInMemoryCollection(Settings()).Build().GetSection("AzureWebJobsStorage")
        );
        account.Credential.ShouldNotBeNull();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(Settings()).Build();
        var services = new ServiceCollection();
        services.AddMetrics();
        services.AddSingleton(provider =>
            (account with { Credential = identity }).Tables(provider.GetRequiredService<StorageTransactions>(), Trust)
        );
        services.AddSingleton(provider =>
            (account with { Credential = identity }).Blobs(provider.GetRequiredService<StorageTransactions>(), Trust)
        );
        return services.AddAutoTraderStorage(configuration).BuildServiceProvider();
    }

    private Dictionary<string, string?> Settings() =>
        new(StringComparer.Ordinal)
        {
            ["AzureWebJobsStorage:blobServiceUri"] = $"https://127.0.0.1:{_ports.Blob}/devstoreaccount1",
            ["AzureWebJobsStorage:tableServiceUri"] = $"https://127.0.0.1:{_ports.Table}/devstoreaccount1",
        };

    private void Trust(ClientOptions options) =>
        options.Transport = new HttpClientTransport(
            new HttpClientHandler
            {
#pragma warning disable MA0039 // The certificate is this test's own, and nothing else is trusted.
                ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown?.Thumbprint == _certificate.Thumbprint,
#pragma warning restore MA0039
            }
        );

    private static X509Certificate2 Certificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var now = DateTimeOffset.UtcNow;
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));

        // With its key in memory, whatever keeps keys on this system.
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }

    /// <summary>Hands out tokens of the right form; the emulator looks at all of it but the signature.</summary>
    private sealed class Identity(TimeSpan lifetime) : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            requestContext.Scopes.ShouldHaveSingleItem().ShouldBe("https://storage.azure.com/.default");
            var now = DateTimeOffset.UtcNow;
            var from = now.AddHours(-2).ToUnixTimeSeconds();
            var claims = string.Create(
                CultureInfo.InvariantCulture,
                $$"""
                {"aud":"https://storage.azure.com","iss":"https://sts.windows.net/00000000-0000-0000-0000-000000000002/",
                "iat":{{from}},"nbf":{{from}},"exp":{{(now + lifetime).ToUnixTimeSeconds()}}}
                """
            );
            var token = string.Join('.', Part("""{"alg":"RS256","typ":"JWT"}"""), Part(claims), Part("not looked at"));

            // The client must not ask for a new one in the midst of the test.
            return new(token, now.AddHours(1));
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(GetToken(requestContext, cancellationToken));

        private static string Part(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
    }
}
