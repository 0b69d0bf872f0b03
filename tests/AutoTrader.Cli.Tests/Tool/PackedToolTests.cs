using System.Diagnostics;
using System.Runtime.InteropServices;
using AutoTrader.Testing;

namespace AutoTrader.Cli.Tests.Tool;

/// <summary>The tool as users get it: packed, installed from the package alone, and run far from the clone.</summary>
public sealed class PackedToolTests(RunningApp running) : IClassFixture<RunningApp>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trader-tool-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_packed_tool_is_installed_and_runs_with_a_local_host_of_its_own()
    {
        var packages = _folder.CreateSubdirectory("packages").FullName;
        await DotnetAsync(
            "pack",
            Path.Combine(Repository.Top, "src", "AutoTrader.Cli"),
            "--no-build",
            "--disable-build-servers",
            "--configuration",
            Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(Trader.Program)))!,
            "--output",
            packages,
            $"-p:PublishDir={Path.Combine(_folder.FullName, "publish")}{Path.DirectorySeparatorChar}"
        );

        // Nothing is fetched: the package holds all that it needs.
        var sources = Path.Combine(_folder.FullName, "nuget.config");
        await File.WriteAllTextAsync(
            sources,
            "<configuration><packageSources><clear /></packageSources></configuration>",
            TestContext.Current.CancellationToken
        );
        var tool = Path.Combine(_folder.FullName, "tool");
        var version = Path.GetFileNameWithoutExtension(Directory.GetFiles(packages).ShouldHaveSingleItem())["AutoTrader.Cli.".Length..];
        string[] from = ["--add-source", packages, "--configfile", sources, "--version", version];
        await DotnetAsync(["tool", "install", "AutoTrader.Cli", "--tool-path", tool, .. from]);

        using var trader = Installed(tool, running.App.Address);
        (await trader.ProcessAsync("--version")).ShouldExit(0).Out.ShouldStartWith(version);
        (await trader.ProcessAsync("status")).ShouldExit(0).Out.ShouldContain("PAPER");

        using var alone = Installed(tool, server: null);
        using var process = alone.Start("local", "--", "--memory", "--real-time", "--port", "0");
        process.StandardInput.Close();
        try
        {
            using var user = Installed(tool, await Trader.ListeningAsync(process));
            (await user.ProcessAsync("status", "--json")).ShouldExit(0).Json["account"]!.GetValue<string>().ShouldBe("paper");
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static Trader Installed(string folder, Uri? server)
    {
        var trader = new Trader(server) { Started = [Path.Combine(folder, OperatingSystem.IsWindows() ? "trader.exe" : "trader")] };
        // The runtime of these tests, wherever the system keeps it.
        trader.Variables["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        return trader;
    }

    private async Task DotnetAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.FullName,
            Environment =
            {
                ["DOTNET_NOLOGO"] = "1",
                ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
                ["MSBUILDDISABLENODEREUSE"] = "1",
            },
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        (await Trader.EndAsync(process)).ShouldExit(0);
    }
}
