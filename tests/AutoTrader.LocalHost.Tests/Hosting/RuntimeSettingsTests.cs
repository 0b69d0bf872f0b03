using AutoTrader.LocalHost.Hosting;
using Microsoft.Extensions.Configuration;

namespace AutoTrader.LocalHost.Tests.Hosting;

/// <summary>What makes no sense as a setting stops the start, and is named.</summary>
public sealed class RuntimeSettingsTests
{
    [Theory]
    [InlineData("-1")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1e9")]
    [InlineData("fast")]
    public void A_replay_speed_that_makes_no_sense_is_refused(string speed) =>
        Should
            .Throw<FormatException>(() => Read(speed))
            .Message.ShouldStartWith($"The setting LocalHost__Replay__Speed cannot be read: '{speed}'.");

    [Theory]
    [InlineData("0", 0)]
    [InlineData("0.5", 0.5)]
    [InlineData("60", 60)]
    public void A_replay_speed_is_read(string speed, double expected) => Read(speed).ReplaySpeed.ShouldBe(expected);

    private static RuntimeSettings Read(string speed) =>
        RuntimeSettings.Read(new ConfigurationBuilder().AddInMemoryCollection([new("LocalHost:Replay:Speed", speed)]).Build(), 7071);
}
