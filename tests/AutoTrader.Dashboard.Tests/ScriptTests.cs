using System.Diagnostics;
using AutoTrader.Testing;

namespace AutoTrader.Dashboard.Tests;

/// <summary>The tests of the page's own functions, which run in Node.js.</summary>
public sealed class ScriptTests
{
    [Fact]
    public async Task The_functions_of_the_page_pass_their_tests()
    {
        using var process = Process.Start(
            new ProcessStartInfo(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", ["run", "--silent", "test"])
            {
                WorkingDirectory = Path.Combine(Repository.Top, "src", "AutoTrader.Dashboard"),
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0, await output + errors);
    }
}
