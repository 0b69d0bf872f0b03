using System.Text.Json.Nodes;

namespace AutoTrader.Infra.Tests;

/// <summary>The page in the portal, as it is deployed.</summary>
internal static class Workbook
{
    private const int Text = 1;
    private const int Query = 3;

    /// <summary>Its headings and queries, in order.</summary>
    public static IReadOnlyList<JsonObject> Items { get; } = Read();

    /// <summary>Its headings.</summary>
    public static IEnumerable<string> Headings =>
        Items
            .Where(item => (int)item["type"]! == Text)
            .Select(item => ((string)item["content"]!["json"]!).Split('\n')[0].TrimStart('#', ' '));

    /// <summary>Its queries.</summary>
    public static IEnumerable<string> Queries =>
        Items.Where(item => (int)item["type"]! == Query).Select(item => (string)item["content"]!["query"]!);

    // A text where everything in it can be predicted.
    private static List<JsonObject> Read() =>
        [
            .. JsonNode.Parse((string)Deployments.Properties(Deployments.Alpaca, "Microsoft.Insights/workbooks")["serializedData"]!)![
                "items"
            ]!
                .AsArray()
                .Select(item => item!.AsObject()),
        ];
}
