using System.Diagnostics;
using AutoTrader.Testing;

namespace AutoTrader.HostTests.Hosting;

/// <summary>The app as <c>dotnet publish</c> makes it, which is what Azure runs: published once for all tests.</summary>
public sealed class PublishedApp : IAsyncLifetime
{
    /// <summary>Names a folder that holds the published app already.</summary>
    private const string Variable = "AUTOTRADER_PUBLISHED";

    private string? _temporary;

    /// <summary>The folder.</summary>
    public string Folder { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        if (HostCommand.Found is null)
        {
            return;
        }

        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
        {
            Folder = Path.GetFullPath(given);
            return;
        }

        Folder = _temporary = Directory.CreateTempSubdirectory("autotrader-published-").FullName;
        var project = Path.Combine(Repository.Top, "src", "AutoTrader.Functions");
        var start = new ProcessStartInfo("dotnet", ["publish", project, "--configuration", "Release", "--output", Folder, "--nologo"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, $"dotnet publish failed:\n{await output}{await errors}");
    }

    public ValueTask DisposeAsync()
    {
        if (_temporary is not null)
        {
            Directory.Delete(_temporary, recursive: true);
        }

        return ValueTask.CompletedTask;
    }
}
