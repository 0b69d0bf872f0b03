using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace AutoTrader.Dashboard.Tests;

/// <summary>The page in a browser of its own, with everything that its console says.</summary>
internal sealed class OpenPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _complaints = new();

    private OpenPage(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.Console += (_, line) =>
        {
            if (line.Type is "error" or "warning")
            {
                _complaints.Enqueue(line.Text);
            }
        };
        page.PageError += (_, error) => _complaints.Enqueue(error);
    }

    public IPage Page { get; }

    /// <summary>Errors and warnings so far: of scripts, of the Content-Security-Policy, of files that could not be loaded.</summary>
    public IReadOnlyList<string> Complaints => [.. _complaints];

    public static async Task<OpenPage> AtAsync(
        Chromium chromium,
        Uri address,
        int width = 1200,
        ColorScheme colors = ColorScheme.Light,
        string zone = "Europe/Berlin"
    )
    {
        var context = await chromium.Browser.NewContextAsync(
            new()
            {
                ViewportSize = new() { Width = width, Height = 900 },
                ColorScheme = colors,
                TimezoneId = zone,
                ReducedMotion = ReducedMotion.Reduce,
            }
        );
        context.SetDefaultTimeout(Chromium.Patience);
        var page = new OpenPage(context, await context.NewPageAsync());
        await page.Page.GotoAsync(address.ToString());
        return page;
    }

    /// <summary>A section by its heading.</summary>
    public ILocator Section(string title) =>
        Page.Locator("section").Filter(new() { Has = Page.GetByRole(AriaRole.Heading, new() { Name = title, Level = 2 }) });

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
