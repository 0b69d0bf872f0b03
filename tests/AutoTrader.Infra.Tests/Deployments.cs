using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AutoTrader.InfraDocs;

namespace AutoTrader.Infra.Tests;

/// <summary>Deployments as the compiler predicts them, with the parameters that people choose between.</summary>
internal static partial class Deployments
{
    private const string Start = """
        using '../main.bicep'
        param environmentName = 'prod'
        param location = 'eastus2'

        """;

    private static readonly Lazy<Snapshot> LazyPaper = new(() => Of(""));

    private static readonly Lazy<Snapshot> LazyAlpaca = new(() =>
        Of(
            """
            param broker = 'alpaca-paper'
            param alpacaKeyId = 'PKGIVEN'
            param alpacaSecretKey = 'given-secret'
            param notificationWebhookUrl = 'https://given.example.com/notifications'
            param heartbeatUrl = 'https://given.example.com/heartbeat'
            param alertEmail = 'someone@example.com'
            param alertWebhookUrl = 'https://given.example.com/alerts'
            param healthProbe = true
            param alwaysReadyInstances = 1
            param packageUri = 'https://example.com/function-app.zip'
            """
        )
    );

    private static readonly Lazy<Snapshot> LazyLive = new(() =>
        Of(
            """
            param broker = 'alpaca-live'
            param live = true
            param liveAccount = '123456789'
            param alertEmail = 'someone@example.com'
            param alertMinutes = 5
            param lockData = false
            """
        )
    );

    /// <summary>Nothing but what must be given.</summary>
    public static Snapshot Paper => LazyPaper.Value;

    /// <summary>Alpaca's paper account with everything that can be asked for.</summary>
    public static Snapshot Alpaca => LazyAlpaca.Value;

    /// <summary>Real money, with alerts every five minutes and data that is not locked.</summary>
    public static Snapshot Live => LazyLive.Value;

    /// <summary>A deployment with other parameters.</summary>
    public static Snapshot Of(string parameters) => Bicep.Snapshot(Start + parameters);

    /// <summary>The app's settings. What only Azure knows stands in brackets.</summary>
    public static Dictionary<string, string> Settings(Snapshot deployment)
    {
        var properties = deployment.OfType("Microsoft.Web/sites/config").Single()["properties"]!;
        if (properties is JsonObject known)
        {
            return known.ToDictionary(
                it => it.Key,
                it => (string)it.Value! is var text && text.StartsWith('[') ? "[known to Azure]" : text,
                StringComparer.Ordinal
            );
        }

        // One expression, since secrets are known to Azure only: the pairs of its createObject calls are the settings.
        var expression = properties.GetValue<string>();
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Match pair in Pair().Matches(expression))
        {
            settings.Add(pair.Groups["name"].Value, pair.Groups["text"].Success ? pair.Groups["text"].Value : "[known to Azure]");
        }

        return settings;
    }

    /// <summary>The properties of the one resource of a type.</summary>
    public static JsonObject Properties(Snapshot deployment, string type) => deployment.OfType(type).Single()["properties"]!.AsObject();

    // Names begin with a capital; their values are texts or calls.
    [GeneratedRegex(
        @"'(?<name>[A-Z][A-Za-z0-9]*(_[A-Za-z0-9_]+)?)', ('(?<text>[^']*)'|(?=reference\(|format\())",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Pair();
}
