using System.Globalization;
using System.Text.Json;
using static Microsoft.Playwright.Assertions;

namespace AutoTrader.Dashboard.Tests;

/// <summary>How soon something is to be seen on a slow phone; run by hand, and written into docs/proof.md.</summary>
public sealed class PaintMeasurement(Chromium chromium)
{
    // As Lighthouse throttles a slow 4G connection and a phone of the middle class.
    private const int LatencyMs = 150;
    private const int BytesPerSecond = 1_638_400 / 8;
    private const int CpuSlowdown = 4;

    [Fact(Explicit = true)]
    public async Task First_paint_on_a_slow_phone()
    {
        await using var app = await RunningApp.TradingAsync();
        for (var run = 0; run < 5; run++)
        {
            await using var open = await OpenPage.AtAsync(chromium, new("about:blank"), width: 360);
            var session = await open.Page.Context.NewCDPSessionAsync(open.Page);
            await session.SendAsync("Network.enable");
            await session.SendAsync(
                "Network.emulateNetworkConditions",
                new()
                {
                    ["offline"] = false,
                    ["latency"] = LatencyMs,
                    ["downloadThroughput"] = BytesPerSecond,
                    ["uploadThroughput"] = BytesPerSecond,
                }
            );
            await session.SendAsync("Emulation.setCPUThrottlingRate", new() { ["rate"] = CpuSlowdown });
            // The page notes the instant itself: whoever asks it from outside finds out late, the more so on a slow processor.
            await open.Page.AddInitScriptAsync(
                """
                new MutationObserver((_, watch) => {
                  if (document.getElementById('pulse')) {
                    watch.disconnect();
                    requestAnimationFrame(() => setTimeout(() => (window.dataShown = performance.now())));
                  }
                }).observe(document, { childList: true, subtree: true });
                """
            );
            await open.Page.GotoAsync(app.Page.ToString());
            await Expect(open.Section("Now")).ToBeVisibleAsync();
            await open.Page.WaitForFunctionAsync("window.dataShown");
            var paints = await open.Page.EvaluateAsync<JsonElement>(
                "[...performance.getEntriesByType('paint').map(it => `${it.name} ${Math.round(it.startTime)} ms`),"
                    + " `data shown ${Math.round(window.dataShown)} ms`,"
                    + " ...performance.getEntriesByType('resource').map(it => `\n  ${it.name.split('/api/')[1]} asked"
                    + " ${Math.round(it.startTime)},"
                    + " first byte ${Math.round(it.responseStart)}, all ${Math.round(it.responseEnd)} ms, ${it.encodedBodySize} B`)]"
                    + ".join(', ')"
            );
            TestContext.Current.TestOutputHelper!.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"run {run + 1}: {paints.GetString()}")
            );
        }
    }
}
