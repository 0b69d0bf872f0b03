using AutoTrader.LocalHost.Durable;
using AutoTrader.LocalHost.Functions;
using AutoTrader.LocalHost.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using static AutoTrader.LocalHost.Tests.Hosting.HostTestSupport;

namespace AutoTrader.LocalHost.Tests.Durable;

/// <summary>Orchestrations in a host: bindings, virtual time, and a restart.</summary>
public sealed class DurableHostTests
{
    [Fact]
    public async Task An_orchestration_sleeps_in_virtual_time_and_goes_on_in_the_next_host_after_a_crash()
    {
        var storage = new MemoryRuntimeStorage();
        await using (var first = await StartAsync(Options(typeof(Functions)) with { Storage = storage }))
        {
            using var client = Client(first);
            (await client.GetStringAsync("api/Begin")).ShouldBe("sleeper");
            await first.RunUntilAsync(Start.AddMinutes(30));
            (await client.GetStringAsync("api/Look")).ShouldBe("Running ");
            await first.AbandonAsync();
        }

        await using var second = await StartAsync(Options(typeof(Functions)) with { Storage = storage });
        using var again = Client(second);
        await second.RunUntilAsync(Start.AddMinutes(59));
        (await again.GetStringAsync("api/Look")).ShouldBe("Running ");
        await second.RunUntilAsync(Start.AddMinutes(61));
        (await again.GetStringAsync("api/Look")).ShouldBe("Completed \"slept 3 until 15:30:00, sleeper\"");
    }

    [Fact]
    public async Task A_failure_of_an_orchestration_is_the_hosts_to_tell()
    {
        await using var host = await StartAsync(Options(typeof(Failing)));
        using var client = Client(host);
        await client.GetStringAsync("api/BeginFailing");
        await host.RunUntilAsync(Start.AddMinutes(2));
        var (function, failure) = host.Failures.ShouldHaveSingleItem();
        function.ShouldBe("Fails");
        failure.Message.ShouldBe("out of luck");
    }

    [Theory]
    [InlineData("a")]
    [InlineData("1hub")]
    [InlineData("my-hub")]
    public void A_name_that_a_task_hub_cannot_have_is_refused(string name) =>
        Should.Throw<FunctionIndexingException>(() => new TaskHub(name, "")).Message.ShouldContain("hubName");

    public static class Failing
    {
        [Function("BeginFailing")]
        public static async Task<IResult> Begin(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request,
            [DurableClient] DurableTaskClient client
        ) => TypedResults.Text(await client.ScheduleNewOrchestrationInstanceAsync("Fails"));

        [Function("Fails")]
        public static async Task<string> Fail([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            await context.CreateTimer(TimeSpan.FromMinutes(1), CancellationToken.None);
            throw new InvalidOperationException("out of luck");
        }
    }

    public sealed class Functions(TimeProvider? time = null)
    {
        [Function("Begin")]
        public static async Task<IResult> Begin(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request,
            [DurableClient] DurableTaskClient client
        ) =>
            TypedResults.Text(
                await client.ScheduleNewOrchestrationInstanceAsync(nameof(Sleep), 3, new StartOrchestrationOptions("sleeper"))
            );

        [Function("Look")]
        public static async Task<IResult> Look(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request,
            [DurableClient] DurableTaskClient client
        )
        {
            var found = (await client.GetInstanceAsync("sleeper", getInputsAndOutputs: true))!;
            return TypedResults.Text($"{found.RuntimeStatus} {found.SerializedOutput}");
        }

        [Function(nameof(Sleep))]
        public static async Task<string> Sleep([OrchestrationTrigger] TaskOrchestrationContext context, int input)
        {
            await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
            return await context.CallActivityAsync<string>(nameof(Echo), $"slept {input}");
        }

        [Function(nameof(Echo))]
        public Task<string> Echo([ActivityTrigger] string input, FunctionContext context) =>
            Task.FromResult($"{input} until {time?.GetUtcNow():HH:mm:ss}, {context.BindingContext.BindingData["instanceId"]}");
    }
}
