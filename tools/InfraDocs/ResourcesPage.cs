using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AutoTrader.InfraDocs;

/// <summary>What a deployment makes, its parameters and its outputs, as a page.</summary>
internal static partial class ResourcesPage
{
    private const string Roles = "Microsoft.Authorization/roleAssignments";

    private const string Least = """
        using '../main.bicep'
        param environmentName = 'NAME'
        param location = 'eastus2'
        """;

    private const string Most =
        Least
        + """

            param broker = 'alpaca-paper'
            param alertEmail = 'you@example.com'
            param healthProbe = true
            param packageUri = 'https://example.com/function-app.zip'
            """;

    // Why it is there, for people who ask for what they pay.
    private static readonly Dictionary<string, string> Purpose = new(StringComparer.Ordinal)
    {
        ["Microsoft.Resources/resourceGroups"] = "the app's group, and the data's, which outlives it",
        ["Microsoft.ManagedIdentity/userAssignedIdentities"] = "who the app is",
        ["Microsoft.Storage/storageAccounts"] = "everything that trading needs; no keys",
        ["Microsoft.Storage/storageAccounts/blobServices"] = "the account's blobs",
        ["Microsoft.Storage/storageAccounts/blobServices/containers"] = "packages of the app",
        ["Microsoft.Authorization/locks"] = "keeps the data from being deleted (`lockData`)",
        ["Microsoft.KeyVault/vaults"] = "keys of the broker, addresses of webhooks",
        ["Microsoft.KeyVault/vaults/secrets"] = "a secret, which the settings refer to",
        ["Microsoft.OperationalInsights/workspaces"] = "logs and measurements, up to `dailyCapGb` a day",
        ["Microsoft.Insights/components"] = "where the app sends them",
        ["Microsoft.Web/serverfarms"] = "Flex Consumption",
        ["Microsoft.Web/sites"] = "the app",
        ["Microsoft.Web/sites/config"] = "its settings",
        ["Microsoft.Web/sites/basicPublishingCredentialsPolicies"] = "no passwords for deployments",
        ["Microsoft.Web/sites/extensions"] = "the package of `packageUri`",
        ["Microsoft.Insights/workbooks"] = "the page in the portal",
        ["Microsoft.Insights/actionGroups"] = "who gets alerts",
        ["Microsoft.Insights/scheduledQueryRules"] = "an alert",
        ["Microsoft.Insights/metricAlerts"] = "an alert",
        ["Microsoft.Insights/webtests"] = "asks for health from outside (`healthProbe`)",
    };

    /// <summary>Writes the page.</summary>
    public static string Write()
    {
        var (least, most) = (Bicep.Snapshot(Least), Bicep.Snapshot(Most));
        var always = least.Resources.Select(Key).ToHashSet(StringComparer.Ordinal);
        var page = new StringBuilder();
        page.AppendLine("# What a deployment makes").AppendLine();
        page.AppendLine("Made from `infra/main.bicep` by `dotnet run --project tools/InfraDocs`; a test compares.");
        page.AppendLine("`NAME` is `environmentName`, `TOKEN` thirteen letters that follow from subscription, name and region.")
            .AppendLine();

        page.AppendLine("## Resources").AppendLine().AppendLine("| type | name | what for | when |").AppendLine("|---|---|---|---|");
        foreach (var resource in most.Resources.Where(resource => Type(resource) != Roles))
        {
            var when =
                Type(resource) == "Microsoft.KeyVault/vaults/secrets" ? "when given"
                : always.Contains(Key(resource)) ? "always"
                : "when asked for";
            page.AppendLine(CultureInfo.InvariantCulture, $"| `{Type(resource)}` | {Name(resource)} | {PurposeOf(resource)} | {when} |");
        }

        page.AppendLine().AppendLine("## Roles of the app").AppendLine().AppendLine("| role | on |").AppendLine("|---|---|");
        foreach (var resource in most.Resources.Where(resource => Type(resource) == Roles))
        {
            page.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {resource["properties"]!["description"]} | {ScopeName().Match((string)resource["id"]!).Groups["scope"].Value} |"
            );
        }

        page.AppendLine()
            .AppendLine("## Parameters")
            .AppendLine()
            .AppendLine("| parameter | default | meaning |")
            .AppendLine("|---|---|---|");
        foreach (var (name, value) in Bicep.Template["parameters"]!.AsObject())
        {
            var secret = ((string)value!["type"]!).StartsWith("secure", StringComparison.OrdinalIgnoreCase);
            var otherwise = value["defaultValue"] is { } given ? $"`{(given.ToString().Length == 0 ? "''" : given)}`" : "must be given";
            var allowed = value["allowedValues"] is JsonArray values
                ? $" One of: {string.Join(", ", values.Select(it => it!.ToString().Length == 0 ? "empty" : $"`{it}`"))}."
                : "";
            var meaning = ((string)value["metadata"]!["description"]!).Replace("|", "\\|", StringComparison.Ordinal);
            page.AppendLine(CultureInfo.InvariantCulture, $"| `{name}`{(secret ? " (secret)" : "")} | {otherwise} | {meaning}{allowed} |");
        }

        page.AppendLine().AppendLine("## Outputs").AppendLine();
        foreach (var (name, _) in Bicep.Template["outputs"]!.AsObject())
        {
            page.AppendLine(CultureInfo.InvariantCulture, $"* `{name}`");
        }

        return page.ToString().ReplaceLineEndings("\n");
    }

    private static string Type(JsonObject resource) => (string)resource["type"]!;

    private static string Key(JsonObject resource) => (string)resource["id"]!;

    private static string PurposeOf(JsonObject resource) =>
        Type(resource) is "Microsoft.Insights/scheduledQueryRules" ? (string)resource["properties"]!["displayName"]!
        : Purpose.TryGetValue(Type(resource), out var purpose) ? purpose
        : throw new BicepException($"ResourcesPage does not say what {Type(resource)} is for.");

    private static string Name(JsonObject resource)
    {
        var name = (string)resource["name"]!;
        return name.StartsWith('[') ? "" : "`" + Guids().Replace(Tokens().Replace(name, "TOKEN"), "GUID") + "`";
    }

    // What uniqueString makes.
    [GeneratedRegex("[a-z0-9]{13}(?=$|/)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Tokens();

    [GeneratedRegex(
        "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Guids();

    [GeneratedRegex(
        "providers/(?<scope>Microsoft.[A-Za-z]+/[A-Za-z]+)/",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex ScopeName();
}
