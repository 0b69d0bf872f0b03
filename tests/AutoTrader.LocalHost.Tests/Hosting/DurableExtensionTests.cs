using AutoTrader.LocalHost.Durable;
using AutoTrader.LocalHost.Functions;
using AutoTrader.LocalHost.Hosting;
using AutoTrader.LocalHost.Storage;
using AutoTrader.LocalHost.Time;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AutoTrader.LocalHost.Tests.Hosting;

/// <summary>Functions with triggers and bindings of durable functions.</summary>
public sealed class DurableExtensionTests
{
    [Fact]
    public async Task Activities_go_through_the_middleware_with_services_of_their_own_and_orchestrators_do_not()
    {
        await using var app = await App.StartAsync(typeof(Functions));
        var client = app.Client();

        var id = await client.ScheduleNewOrchestrationInstanceAsync("Greet", "Ada");
        await app.Clock.RunUntilAsync(app.Clock.GetUtcNow().AddHours(2));

        var ended = (await client.GetInstanceAsync(id, getInputsAndOutputs: true)).ShouldNotBeNull();
        ended.ReadOutputAs<string>().ShouldBe($"Hello Ada and {id}, number 7");
        app.Invoked.ShouldBe(["SayHello", "Who", "Count"]);
    }

    [Fact]
    public async Task What_an_orchestrator_throws_is_told_once()
    {
        await using var app = await App.StartAsync(typeof(Functions));

        await app.Client().ScheduleNewOrchestrationInstanceAsync("Broken");
        await app.Clock.RunUntilAsync(app.Clock.GetUtcNow().AddHours(2));

        app.Failures.ShouldBe(["Broken: broken"]);
    }

    [Fact]
    public async Task An_orchestration_trigger_is_a_context()
    {
        var thrown = await Should.ThrowAsync<FunctionIndexingException>(() => App.StartAsync(typeof(WrongFunctions)));

        thrown.Message.ShouldContain("Function 'Wrong'");
    }

    [Fact]
    public async Task A_client_is_there_for_an_app_without_orchestrators_only_if_it_asks_for_one()
    {
        await using var app = await App.StartAsync(typeof(NoFunctions));

        Should.Throw<InvalidOperationException>(app.Client).Message.ShouldContain("no orchestrations");
        app.Extension.TakeChanges().ShouldBeEmpty();
    }

    private sealed class App : IAsyncDisposable
    {
        private readonly ServiceProvider _services = new ServiceCollection().BuildServiceProvider();
        private readonly RunningWork _work = new();
        private readonly FunctionInvoker _invoker;

        private App()
        {
            Clock = new VirtualClock(new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero), _work, NullLogger.Instance);
            FunctionPipeline pipeline = new([next => context => InvokeAsync(context, next)], timeout: null);
            _invoker = new FunctionInvoker(_services.GetRequiredService<IServiceScopeFactory>(), NullLoggerFactory.Instance, pipeline)
            {
                Failed = (function, failure) => Failures.Add($"{function.Name}: {failure.Message}"),
            };
            Extension = new DurableExtension(
                new MemoryRuntimeStorage(),
                new TaskHub(null, "test"),
                new DurableSettings(),
                Clock,
                _work,
                _invoker,
                _services.GetRequiredService<IServiceScopeFactory>(),
                NullLoggerFactory.Instance
            );
        }

        public VirtualClock Clock { get; }

        public DurableExtension Extension { get; }

        public List<string> Invoked { get; } = [];

        public List<string> Failures { get; } = [];

        public static async Task<App> StartAsync(Type functions)
        {
            var app = new App();
            var index = new FunctionIndex([functions], [app.Extension]);
            await app.Extension.StartAsync(index, CancellationToken.None);
            return app;
        }

        public DurableTaskClient Client() => (DurableTaskClient)Extension.BindInput(null!, null!, null!)!;

        public async ValueTask DisposeAsync()
        {
            await Extension.StopAsync(CancellationToken.None);
            await Extension.DisposeAsync();
            _invoker.Dispose();
            await _services.DisposeAsync();
        }

        private Task InvokeAsync(FunctionContext context, FunctionExecutionDelegate next)
        {
            Invoked.Add(context.FunctionDefinition.Name);
            return next(context);
        }
    }
}

// The functions of the tests above, one of them wrong; and the context of an activity is not its input.
#pragma warning disable MA0048, DURABLE2001, DURABLE1001
public static class Functions
{
    [Function("Greet")]
    public static async Task<string> GreetAsync([OrchestrationTrigger] TaskOrchestrationContext context, string name)
    {
        var greeting = await context.CallActivityAsync<string>("SayHello", name);
        await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
        var who = await context.CallActivityAsync<string>("Who");
        return $"{greeting} and {who}, number {await context.CallActivityAsync<int>("Count", 6)}";
    }

    [Function("Broken")]
    public static async Task BrokenAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
        throw new InvalidOperationException("broken");
    }

    [Function("SayHello")]
    public static string SayHello([ActivityTrigger] string name, FunctionContext context) =>
        context.FunctionDefinition.Name == "SayHello" ? $"Hello {name}" : "";

    [Function("Who")]
    public static async Task<string> WhoAsync([ActivityTrigger] TaskActivityContext context, string instanceId)
    {
        await Task.Yield();
        return context.InstanceId == instanceId ? instanceId : "another";
    }

    [Function("Count")]
    public static int Count([ActivityTrigger] int number, [DurableClient] DurableTaskClient client) => client is null ? 0 : number + 1;
}

public static class WrongFunctions
{
    [Function("Wrong")]
    public static void Wrong([OrchestrationTrigger] string context) => _ = context;
}

public static class NoFunctions;
