using System.Globalization;
using System.Net;
using System.Net.Sockets;
using AutoTrader.Testing;

namespace AutoTrader.LocalHost.Tests.Hosting;

/// <summary>What only a real process shows: its settings, its end by signal, its replay after it was killed.</summary>
[Collection(SampleProcess.Collection)]
public sealed class ProcessTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task Settings_come_from_the_example_file_and_the_environment_wins()
    {
        await using var app = Start(("Sample__InBoth", "from the environment"));
        using var client = await app.ClientAsync();
        (await client.GetStringAsync("sample/settings/Sample__OnlyInFile")).ShouldBe("from the file");
        (await client.GetStringAsync("sample/settings/Sample__InBoth")).ShouldBe("from the environment");
    }

    [Fact]
    public async Task SIGTERM_lets_a_running_request_end_and_then_the_process()
    {
        await using var app = Start();
        using var client = await app.ClientAsync();
        var slow = client.GetStringAsync("sample/Slow");
        await app.LineAsync("slow begins");
        app.Terminate();
        (await slow).ShouldBe("ended in peace");
        await app.ExitAsync();
        app.ExitCode.ShouldBe(0);
        (await client.GetAsync("sample/Now").ShouldThrowAsync<HttpRequestException>()).InnerException.ShouldBeOfType<SocketException>();
    }

    [Fact]
    public async Task A_replay_that_is_killed_goes_on_with_the_tick_that_was_interrupted()
    {
        await using (var whole = Replay("2025-01-02T14:30:00Z"))
        {
            using var client = await whole.ClientAsync();
            await whole.LineAsync("The replay has reached its end");
            (await client.GetStringAsync("sample/Now")).ShouldBe("14:40:30");
            whole.Terminate();
            await whole.ExitAsync();
            Ticks(whole).ShouldBe(Expected(31, 40));
        }

        await using (var killed = Replay("2025-01-03T14:30:00Z", ("Sample__HangAt", "14:35:00")))
        {
            await killed.LineAsync("tick 14:35:00 begins");

            await using var second = Replay("2025-01-03T14:30:00Z");
            await second.ExitAsync();
            ShouldHaveSaid(second, "Only one process can own a virtual clock");

            killed.Kill();
            await killed.ExitAsync();
            Ticks(killed).ShouldBe([.. Expected(31, 34), "tick 14:35:00 begins"]);
        }

        await using var resumed = Replay("2025-01-03T14:30:00Z");
        await resumed.LineAsync("The replay has reached its end");
        Ticks(resumed).ShouldBe(Expected(35, 40));
    }

    [Theory]
    [InlineData("LocalHost__Replay__Start", "yesterday", "The setting LocalHost__Replay__Start")]
    [InlineData("LocalHost__Port", "seven", "The setting LocalHost__Port")]
    [InlineData("AzureWebJobsStorage", " ", "The setting AzureWebJobsStorage has no value")]
    public async Task A_setting_that_makes_no_sense_ends_the_start_with_one_sentence(string name, string value, string sentence)
    {
        await using var app = Start((name, value));
        await app.ExitAsync();
        ShouldHaveSaid(app, sentence);
    }

    [Fact]
    public async Task A_port_that_is_taken_ends_the_start_with_one_sentence()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        await using var app = Start(("LocalHost__Port", port));
        await app.ExitAsync();
        ShouldHaveSaid(app, $":{port}: address already in use. Stop what listens there, or set LocalHost__Port");
    }

    [Fact]
    public async Task Without_Node_js_the_start_ends_with_one_sentence_that_says_so()
    {
        Assert.SkipWhen(
            await ListensAsync(),
            "Something already listens on the ports of development storage, so that the app needs no Node.js."
        );
        await using var app = SampleProcess.Start(("AzureWebJobsStorage", "UseDevelopmentStorage=true"), ("PATH", "/nowhere"));
        await app.ExitAsync();
        ShouldHaveSaid(app, "Node.js");
    }

    [Fact]
    public async Task A_replay_that_is_stopped_ends_its_tick_and_goes_on_after_it()
    {
        await using (var first = Replay("2025-01-06T14:30:00Z", ("LocalHost__Replay__Speed", "600")))
        {
            await first.LineAsync("tick 14:32:00 begins");
            first.Terminate();
            await first.ExitAsync();
            first.ExitCode.ShouldBe(0);
            var ticks = Ticks(first);
            ticks[^1].ShouldEndWith("05");
            await using var second = Replay("2025-01-06T14:30:00Z");
            await second.LineAsync("The replay has reached its end");
            ticks.Concat(Ticks(second)).ShouldBe(Expected(31, 40));
        }
    }

    [Fact]
    public async Task Development_storage_is_started_for_the_app_and_stopped_after_it()
    {
        Assert.SkipWhen(
            await ListensAsync(),
            "Something already listens on the ports of development storage, and this test would neither start nor stop it."
        );
        await using (var app = SampleProcess.Start())
        {
            using var client = await app.ClientAsync();
            (await ListensAsync()).ShouldBeTrue();
            var slow = client.GetStringAsync("sample/Slow");
            await app.LineAsync("slow begins");
            app.Terminate();
            (await slow).ShouldBe("ended in peace");
            await app.ExitAsync();
            app.ExitCode.ShouldBe(0);
        }

        (await ListensAsync()).ShouldBeFalse();
    }

    private static void ShouldHaveSaid(SampleProcess app, string sentence)
    {
        app.ExitCode.ShouldBe(1, string.Join('\n', app.Lines));
        app.Errors.ShouldHaveSingleItem().ShouldContain(sentence);
        app.Lines.ShouldNotContain(line =>
            line.StartsWith("   at ", StringComparison.Ordinal) || line.Contains("Unhandled exception", StringComparison.Ordinal)
        );
    }

    private static async Task<bool> ListensAsync()
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", 10002);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static List<string> Ticks(SampleProcess process) =>
        [.. process.Lines.Where(line => line.StartsWith("tick ", StringComparison.Ordinal))];

    private static List<string> Expected(int from, int to) =>
        [
            .. Enumerable
                .Range(from, to - from + 1)
                .SelectMany(minute => new[] { $"tick 14:{minute}:00 begins", $"tick 14:{minute}:00 ends at 14:{minute}:05" }),
        ];

    private SampleProcess Start(params (string Name, string Value)[] settings) =>
        SampleProcess.Start([("AzureWebJobsStorage", azurite.ConnectionString), .. settings]);

    private SampleProcess Replay(string start, params (string Name, string Value)[] settings) =>
        Start([
            ("LocalHost__Replay__Start", start),
            ("LocalHost__Replay__End", start.Replace("14:30:00", "14:40:30", StringComparison.Ordinal)),
            .. settings,
        ]);
}
