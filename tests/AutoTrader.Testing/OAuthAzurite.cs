using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AutoTrader.LocalHost.Azurite;
using Azure.Core;
using Azure.Core.Pipeline;

namespace AutoTrader.Testing;

/// <summary>Storage that is entered by a token alone, over HTTPS, as the real account is: Azurite with a certificate of this test's
/// own.</summary>
public sealed class OAuthAzurite : IAsyncLifetime
{
    private const int Services = 3;

    private readonly string _folder = Directory.CreateTempSubdirectory("azurite-oauth-").FullName;
    private readonly AzuritePorts _ports = AzuritePorts.Free();
    private readonly X509Certificate2 _certificate = Certificate();
    private Process? _azurite;
    private Task _read = Task.CompletedTask;

    /// <summary>Where blobs are.</summary>
    public Uri Blobs => At(_ports.Blob);

    /// <summary>Where queues are.</summary>
    public Uri Queues => At(_ports.Queue);

    /// <summary>Where tables are.</summary>
    public Uri Tables => At(_ports.Table);

    /// <summary>The settings that name it, without any key.</summary>
    public IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["AzureWebJobsStorage:blobServiceUri"] = Blobs.ToString(),
            ["AzureWebJobsStorage:queueServiceUri"] = Queues.ToString(),
            ["AzureWebJobsStorage:tableServiceUri"] = Tables.ToString(),
        };

    /// <inheritdoc/>
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

    /// <inheritdoc/>
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

    /// <summary>Lets a client trust this storage's certificate, and no other.</summary>
    public void Trust(ClientOptions options) =>
        options.Transport = new HttpClientTransport(
            new HttpClientHandler
            {
#pragma warning disable MA0039 // The certificate is this test's own, and nothing else is trusted.
                ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown?.Thumbprint == _certificate.Thumbprint,
#pragma warning restore MA0039
            }
        );

    private static Uri At(int port) => new(string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{port}/devstoreaccount1"));

    private static X509Certificate2 Certificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var now = DateTimeOffset.UtcNow;
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));

        // With its key in memory, whatever keeps keys on this system.
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }
}

/// <summary>Hands out tokens of the right form; the emulator looks at all of it but the signature.</summary>
/// <param name="lifetime">How long they are good.</param>
public sealed class TestIdentity(TimeSpan lifetime) : TokenCredential
{
    // The engine of orchestrations writes the resource with its slash, as the first version of the token service had it.
    private static readonly string[] Scopes = ["https://storage.azure.com/.default", "https://storage.azure.com//.default"];

    /// <inheritdoc/>
    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        if (requestContext.Scopes is not [var scope] || !Scopes.Contains(scope, StringComparer.Ordinal))
        {
            throw new InvalidOperationException($"A token is asked for {string.Join(' ', requestContext.Scopes)}.");
        }

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

    /// <inheritdoc/>
    public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        new(GetToken(requestContext, cancellationToken));

    private static string Part(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
