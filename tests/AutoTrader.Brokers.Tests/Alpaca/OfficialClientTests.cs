using AutoTrader.Brokers.Tests.Alpaca.Server;
using AutoTrader.Core.Market;
using AutoTrader.LocalHost.Azurite;

namespace AutoTrader.Brokers.Tests.Alpaca;

/// <summary>The server's shapes are those that Alpaca's own client reads: checked by something that was not written here.</summary>
public sealed class OfficialClientTests : WorldTest
{
    [Fact]
    public async Task Alpacas_own_client_works_against_the_server()
    {
        var tool = NpmTool.Find("alpaca-client");
        await using (await tool.LockAsync(TestContext.Current.CancellationToken))
        {
            await tool.InstallAsync(cancellationToken: TestContext.Current.CancellationToken);
        }

        _world.Flat(0, 100);
        _world.Splits.Add(new("AAA", new(2026, 2, 5), 4, 1));
        await using var server = await AlpacaServer.StartAsync(_world, _world.Clock);
        await server.Exchange.SubmitAsync(new("AAA", "buy", "market", "day", 10) { ClientOrderId = "node-0" });
        var early = new DateOnly(2026, 2, 4);
        server.Exchange.Calendar = TradingCalendar.Nyse.With(
            new Dictionary<DateOnly, Session?> { [early] = TradingCalendar.Nyse.SessionOf(early, new(9, 30), new(13, 0)) }
        );
        server.Exchange.Assets["GONE"] = ("inactive", false);
        _world.Close("GONE", 1);
        server.Exchange.MoveCash(new("20260202::fee", "FEE", -0.03m, _world.Clock.GetUtcNow()));
        _world.At(1);

        using var process = tool.Run(server.Address, AlpacaServer.Key, AlpacaServer.Secret);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        (process.ExitCode, output.Trim()).ShouldBe((0, "ok"), await errors);
    }
}
