using AutoTrader.Brokers.Market;
using AutoTrader.Brokers.Paper;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AutoTrader.Brokers.Tests;

/// <summary>Settings reach the broker and the market data, and wrong ones are named.</summary>
public sealed class RegistrationTests
{
    [Fact]
    public async Task The_broker_is_built_from_the_configuration()
    {
        await using var provider = Build(
            new()
            {
                ["AutoTrader:Paper:InitialCash"] = "5000",
                ["AutoTrader:Paper:Profile"] = "Simple",
                ["AutoTrader:Paper:SplitBehavior"] = "Ignored",
                ["AutoTrader:Paper:CancelDelay"] = "00:00:30",
                ["AutoTrader:Paper:Fill:SlippagePct"] = "0.05",
                ["AutoTrader:Market:Directory"] = "elsewhere",
            }
        );
        (await provider.GetRequiredService<IBroker>().GetAccountAsync(default)).Cash.ShouldBe(5000);
        var options = provider.GetRequiredService<IOptions<PaperOptions>>().Value;
        (options.Profile, options.SplitBehavior, options.CancelDelay, options.Fill.SlippagePct).ShouldBe(
            (PaperProfile.Simple, SplitBehavior.Ignored, TimeSpan.FromSeconds(30), 0.05m)
        );
        provider.GetRequiredService<IMarketData>().ShouldBeSameAs(provider.GetRequiredService<CsvMarketData>());
        provider.GetRequiredService<IOptions<CsvMarketOptions>>().Value.Directory.ShouldBe("elsewhere");
    }

    [Fact]
    public async Task Without_settings_the_defaults_hold()
    {
        await using var provider = Build([]);
        (await provider.GetRequiredService<IBroker>().GetAccountAsync(default)).Cash.ShouldBe(100_000);
        var options = provider.GetRequiredService<IOptions<PaperOptions>>().Value;
        (options.Profile, options.SplitBehavior, options.CancelDelay, options.BarDelay).ShouldBe(
            (PaperProfile.Alpaca, SplitBehavior.Alpaca, TimeSpan.Zero, TimeSpan.Zero)
        );
        options.Fill.ShouldBe(
            new FillModel
            {
                VolumeSharePct = 0,
                SlippagePct = 0,
                CommissionPerShare = 0,
                SecFeePerMillion = 0,
                TafPerShare = 0,
                SpreadPct = 0,
            }
        );
    }

    [Theory]
    [InlineData("AutoTrader:Paper:InitialCash", "-1")]
    [InlineData("AutoTrader:Paper:CancelDelay", "-00:00:01")]
    [InlineData("AutoTrader:Paper:Fill:VolumeSharePct", "101")]
    [InlineData("AutoTrader:Paper:Fill:SpreadPct", "-1")]
    [InlineData("AutoTrader:Paper:Fill:CommissionPerShare", "-1")]
    [InlineData("AutoTrader:Paper:Fill:SecFeePerMillion", "-1")]
    [InlineData("AutoTrader:Paper:Fill:TafPerShare", "-1")]
    public async Task A_setting_that_makes_no_sense_is_named(string key, string value)
    {
        await using var provider = Build(new() { [key] = value });
        Should
            .Throw<OptionsValidationException>(provider.GetRequiredService<IBroker>)
            .Message.ShouldContain(key["AutoTrader:Paper:".Length..]);
    }

    private static ServiceProvider Build(Dictionary<string, string?> settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        return new ServiceCollection()
            .AddLogging()
            .AddSingleton(TimeProvider.System)
            .AddSingleton<IPaperStore, TestPaperStore>()
            .AddPaperBroker(configuration)
            .AddCsvMarketData(configuration)
            .BuildServiceProvider();
    }
}
