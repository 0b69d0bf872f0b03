using AutoTrader.Dashboard.Tests;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Chromium))]

namespace AutoTrader.Dashboard.Tests;

/// <summary>One Chromium for all tests: the one that AUTOTRADER_CHROMIUM names, else that of the system. Without any, the tests that need
/// it are skipped.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private const string Setting = "AUTOTRADER_CHROMIUM";

    // The page asks every ten seconds, and two cores may run every test project at once.
    internal const float Patience = 60_000;

    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>The browser.</summary>
    public IBrowser Browser
    {
        get
        {
            Assert.SkipWhen(_browser is null, $"No Chromium was found. Install one, or name it in {Setting}.");
            return _browser!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (Find() is { } path)
        {
            _playwright = await Playwright.CreateAsync();
            Assertions.SetDefaultExpectTimeout(Patience);
            _browser = await _playwright.Chromium.LaunchAsync(
                new()
                {
                    ExecutablePath = path,
                    // Root has no sandbox; the only pages are those of this app.
                    ChromiumSandbox = false,
                }
            );
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable(Setting) is { Length: > 0 } named)
        {
            return File.Exists(named) ? named : throw new InvalidOperationException($"{Setting} is '{named}', and there is no such file.");
        }

        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Append("/Applications/Google Chrome.app/Contents/MacOS")
            .Append(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "Google", "Chrome", "Application"));
        var names = OperatingSystem.IsWindows() ? Names.Select(name => name + ".exe") : [.. Names, "Google Chrome"];
        return folders.SelectMany(folder => names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
    }
}
