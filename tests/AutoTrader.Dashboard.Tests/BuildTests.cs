using System.Diagnostics;
using AutoTrader.Testing;

namespace AutoTrader.Dashboard.Tests;

/// <summary>The .NET build where there is no Node.js, or an old one: it takes a bundle that was made elsewhere, or says what is
/// missing.</summary>
public sealed class BuildTests : IDisposable
{
    private static readonly string Functions = Path.Combine(Repository.Top, "src", "AutoTrader.Functions");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("autotrader-without-node-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Without_Node_js_it_says_what_is_missing_and_what_to_do()
    {
        var (code, output) = await BuildAsync("InstallDashboardPackages", $"-p:DashboardPackages={Path.Combine(_folder.FullName, "none")}");
        code.ShouldNotBe(0, output);
        output.ShouldContain("DASHBOARD1");
        output.ShouldContain("Node.js 20.19 or later");
        output.ShouldContain("-p:DashboardBundle=FOLDER");
    }

    [Fact]
    public async Task With_a_released_bundle_it_needs_no_Node_js()
    {
        var bundle = Path.Combine(Repository.Top, "src", "AutoTrader.Dashboard", "dist");
        var (code, output) = await BuildAsync("EmbedDashboard", $"-p:DashboardBundle={bundle}");
        code.ShouldBe(0, output);

        (code, output) = await BuildAsync("EmbedDashboard", $"-p:DashboardBundle={_folder.FullName}");
        code.ShouldNotBe(0, output);
        output.ShouldContain("DASHBOARD2");
        output.ShouldContain("has no index.html");
    }

    // The one target, with a Node.js before all others that says it is too old.
    private async Task<(int Code, string Output)> BuildAsync(string target, string property)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-in for Node.js is a shell script.");
        var node = Path.Combine(_folder.FullName, "bin", "node");
        Directory.CreateDirectory(Path.GetDirectoryName(node)!);
        await File.WriteAllTextAsync(node, "#!/bin/sh\nexit 1\n", TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(node, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        var start = new ProcessStartInfo("dotnet", ["msbuild", Functions, $"-t:{target}", property, "-nologo", "-nodeReuse:false"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = Path.GetDirectoryName(node) + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + errors);
    }
}
