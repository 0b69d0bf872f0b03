using System.Diagnostics;

namespace AutoTrader.Infra.Tests;

/// <summary>A deployment waits for the close: the tool that hooks and workflows ask.</summary>
public sealed class ExchangeHoursTests
{
    [Theory]
    [InlineData("2026-02-02T14:29:00Z", false, 1)] // A minute before the open.
    [InlineData("2026-02-02T14:30:00Z", false, 1)]
    [InlineData("2026-02-02T20:59:59Z", false, 1)]
    [InlineData("2026-02-02T21:00:00Z", false, 0)]
    [InlineData("2026-02-02T13:59:00Z", false, 0)]
    [InlineData("2026-02-02T14:01:00Z", false, 1)]
    [InlineData("2026-01-31T15:00:00Z", false, 0)] // Saturday.
    [InlineData("2026-11-26T15:00:00Z", false, 0)] // Thanksgiving.
    [InlineData("2026-11-27T18:30:00Z", false, 0)] // After an early close.
    [InlineData("2026-02-02T15:00:00Z", true, 0)]
    public async Task It_says_whether_the_exchange_is_closed(string at, bool anyway, int code)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "AutoTrader.ExchangeHours.dll"), "--at", at])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["AUTOTRADER_DEPLOY_IN_SESSION"] = anyway ? "true" : "";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(code, output + await errors);
        (output + await errors).ShouldContain("New York time");
    }
}
