using System.Diagnostics;
using AutoTrader.Testing;

namespace AutoTrader.HostTests.Hosting;

/// <summary>The app as <c>dotnet publish</c> makes it, which is what Azure runs: published once for all tests.</summary>
public class PublishedApp : IAsyncLifetime
{
    private string? _temporary;

    /// <summary>The folder.</summary>
    public string Folder { get; private set; } = "";

    /// <summary>Names a folder that holds the published app already.</summary>
    private protected virtual string Variable => "AUTOTRADER_PUBLISHED";

    /// <summary>What else the publishing is told.</summary>
    private protected virtual IReadOnlyList<string> Arguments => [];

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
        var start = new ProcessStartInfo(
            "dotnet",
            ["publish", project, "--configuration", "Release", "--output", Folder, "--nologo", .. Arguments]
        )
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

        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>The app as another version of it.</summary>
public sealed class OtherVersion : PublishedApp
{
    /// <summary>Which it says it is.</summary>
    public const string Version = "99.0.0";

    private protected override string Variable => "AUTOTRADER_PUBLISHED_OTHER";

    private protected override IReadOnlyList<string> Arguments => [$"-p:Version={Version}"];
}
