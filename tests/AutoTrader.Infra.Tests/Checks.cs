using System.Text.Json.Nodes;
using AutoTrader.LocalHost.Azurite;

namespace AutoTrader.Infra.Tests;

/// <summary>The checkers under <c>tools/infra-checks</c>: Kusto's own parser, and actionlint.</summary>
internal static class Checks
{
    /// <summary>Has a checker look at something.</summary>
    /// <param name="what"><c>queries</c> or <c>workflows</c>.</param>
    /// <param name="input">What it looks at, in the form that <c>run.js</c> names.</param>
    public static async Task<JsonNode> RunAsync(string what, JsonObject input)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var tool = NpmTool.Find("infra-checks");
        await using (await tool.LockAsync(cancellation))
        {
            await tool.InstallAsync(cancellationToken: cancellation);
        }

        using var process = tool.Run(what);
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        await process.StandardInput.WriteAsync(input.ToJsonString().AsMemory(), cancellation);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellation);
        process.ExitCode.ShouldBe(0, await errors);
        return JsonNode.Parse(await output)!;
    }
}
