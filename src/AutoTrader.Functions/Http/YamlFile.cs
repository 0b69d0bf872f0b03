using System.Text;

namespace AutoTrader.Functions.Http;

/// <summary>A kind of records that is exported as a YAML file and imported from one, each at its own address.</summary>
internal static class YamlFile
{
    private const string Media = "application/yaml";

    /// <summary>The endpoint that writes all of a kind.</summary>
    public static ApiEndpoint Export(string function, string kind) =>
        new(function, "get", Name(kind), $"All {kind} as {Name(kind)}.")
        {
            Headers = [Header.Disposition],
            Tag = kind,
            OtherMedia = [Media],
        };

    /// <summary>The endpoint that reads them.</summary>
    public static ApiEndpoint Import(string function, string kind, string summary, int maxLength, Type response) =>
        new(function, "post", Name(kind), summary)
        {
            Tag = kind,
            Query = [Field.Flag("dry_run", "Report changes without making them.") with { Default = "false" }],
            Body = [Field.Text("yaml", "The text of the file.", maxLength) with { Required = true, Multiline = true, IsFile = true }],
            RawBody = Media,
            Response = response,
        };

    /// <summary>The file as an answer.</summary>
    public static ApiResult Response(string kind, string text) =>
        ApiResult.Text(text, Media).With("Content-Disposition", $"attachment; filename={Name(kind)}");

    /// <summary>The bytes of the file that a request brings, as its body or in a field.</summary>
    public static byte[] Of(ApiRequest input) => input.Raw ?? Encoding.UTF8.GetBytes(input.Body.Text("yaml")!);

    /// <summary>Whether a request asks only what would change.</summary>
    public static bool IsDryRun(ApiRequest input) => input.Query.Flag("dry_run") ?? false;

    private static string Name(string kind) => kind + ".yaml";
}
