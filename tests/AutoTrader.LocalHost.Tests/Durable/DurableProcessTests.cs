using AutoTrader.LocalHost.Tests.Hosting;
using AutoTrader.Testing;

namespace AutoTrader.LocalHost.Tests.Durable;

/// <summary>Orchestrations in real processes: killed again and again, and two on one hub.</summary>
[Collection(SampleProcess.Collection)]
public sealed class DurableProcessTests(AzuriteFixture azurite)
{
    private const int Lives = 30;

    [Fact]
    public async Task Orchestrations_end_as_they_should_though_their_process_is_killed_again_and_again()
    {
        var ids = new[] { Id(), Id() };
        HashSet<string> steps = [.. await BeginAsync("Rounds", ids)];
        var kills = 0;
        for (var life = 1; life <= Lives; life++)
        {
            await using var app = Start();
            using var client = await app.ClientAsync();
            var ends = Task.WhenAll(ids.Select(id => client.GetStringAsync($"sample/end/{id}")));
            var killed = KillAsync(app, afterSteps: 4 + life);
            var first = await Task.WhenAny(ends, killed);
            if (first == ends && ends.IsCompletedSuccessfully)
            {
                (await ends).ShouldAllBe(end => end == "Completed \"4 rounds\"");
                app.Kill();
                await app.ExitAsync();
                await killed;
                steps.UnionWith(Steps(app));
                break;
            }

            await killed;
            await app.ExitAsync();
            kills++;
            await ((Task)ends).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            steps.UnionWith(Steps(app));
        }

        kills.ShouldBeGreaterThan(2);
        var expected = ids.SelectMany(id =>
            Enumerable.Range(1, 4).SelectMany(round => new[] { "1", "2", "3", "child" }.Select(step => $"step {id} {round}.{step}"))
        );
        steps.Where(step => ids.Any(id => step.Contains(id, StringComparison.Ordinal))).ShouldBe(expected, ignoreOrder: true);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_two_hosts_the_other_sends_to_the_owner_and_goes_on_when_that_one_ends(bool isKilled)
    {
        var (now, later) = (Id(), Id());
        await using var owner = Start();
        using var ownerClient = await owner.ClientAsync();
        await ownerClient.GetStringAsync($"sample/begin/Wait/{now}");
        await using var other = Start();
        using var otherClient = await other.ClientAsync();

        await otherClient.GetStringAsync($"sample/raise/{now}/{now}");
        await owner.LineAsync($"step {now}");
        (await otherClient.GetStringAsync($"sample/end/{now}")).ShouldBe($"Completed \"{now}\"");
        await otherClient.GetStringAsync($"sample/begin/Wait/{later}");
        (await ownerClient.GetStringAsync($"sample/raise/{later}/wait-{later}")).ShouldBe("raised");
        await owner.LineAsync($"step wait-{later}");

        var last = Id();
        await otherClient.GetStringAsync($"sample/begin/Wait/{last}");
        if (isKilled)
        {
            owner.Kill();
        }
        else
        {
            owner.Terminate();
        }
        await owner.ExitAsync();
        await otherClient.GetStringAsync($"sample/raise/{last}/{last}");
        (await otherClient.GetStringAsync($"sample/end/{last}")).ShouldBe($"Completed \"{last}\"");
        other.Lines.Count(line => line == $"step {last}").ShouldBe(1);
        other.Lines.ShouldNotContain($"step {now}");
    }

    private static string Id() => Guid.NewGuid().ToString("N");

    private static IEnumerable<string> Steps(SampleProcess app) =>
        app.Lines.Where(line => line.StartsWith("step ", StringComparison.Ordinal));

    // Later in each life: six activities are under way at first, and a life that sees none of them written down would be the same again.
    // One that takes too long over its steps is killed where it is.
    private static async Task KillAsync(SampleProcess app, int afterSteps)
    {
        for (var step = 0; step < afterSteps && await app.LineOrEndAsync("step ") is not null; step++) { }

        app.Kill();
    }

    private async Task<IEnumerable<string>> BeginAsync(string name, IEnumerable<string> ids)
    {
        await using var app = Start();
        using var client = await app.ClientAsync();
        foreach (var id in ids)
        {
            await client.GetStringAsync($"sample/begin/{name}/{id}");
        }
        app.Kill();
        await app.ExitAsync();
        return Steps(app);
    }

    private SampleProcess Start() => SampleProcess.Start(("AzureWebJobsStorage", azurite.ConnectionString), ("Tick", "0 0 0 1 1 *"));
}
