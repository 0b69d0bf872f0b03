using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AutoTrader.LocalHost.SampleApp;

/// <summary>Orchestrations that tests kill at any instant. Their activities write to the console what they do.</summary>
public static class SampleOrchestrations
{
    private const int Rounds = 4;
    private const int StepsPerRound = 3;

    /// <summary>Starts an orchestrator under an id, and waits until it runs: the engine drops an event for one that does not yet.</summary>
    [Function("Begin")]
    public static async Task<IResult> Begin(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "begin/{name}/{id}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string name,
        string id
    )
    {
        await client.ScheduleNewOrchestrationInstanceAsync(name, 1, new StartOrchestrationOptions(id));
        return TypedResults.Text((await client.WaitForInstanceStartAsync(id, request.HttpContext.RequestAborted)).InstanceId);
    }

    /// <summary>Raises the event that <see cref="WaitAsync"/> waits for.</summary>
    [Function("Raise")]
    public static async Task<IResult> Raise(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "raise/{id}/{data}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id,
        string data
    )
    {
        await client.RaiseEventAsync(id, "go", data, request.HttpContext.RequestAborted);
        return TypedResults.Text("raised");
    }

    /// <summary>Waits for the end of an instance.</summary>
    [Function("End")]
    public static async Task<IResult> End(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "end/{id}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id
    )
    {
        var ended = await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, request.HttpContext.RequestAborted);
        return TypedResults.Text($"{ended.RuntimeStatus} {ended.SerializedOutput}");
    }

    /// <summary>Some rounds of activities side by side, a timer and a child each.</summary>
    [Function("Rounds")]
    public static async Task<string> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, int round)
    {
        await Task.WhenAll(
            Enumerable
                .Range(1, StepsPerRound)
                .Select(step => context.CallActivityAsync<string>("Step", $"{context.InstanceId} {round}.{step}"))
        );
        await context.CreateTimer(TimeSpan.FromMilliseconds(20), CancellationToken.None);
        await context.CallSubOrchestratorAsync<string>(
            "Child",
            $"{context.InstanceId} {round}.child",
            new SubOrchestrationOptions { InstanceId = $"{context.InstanceId}-{round}" }
        );
        if (round < Rounds)
        {
            context.ContinueAsNew(round + 1);
        }
        return $"{round} rounds";
    }

    /// <summary>One activity.</summary>
    [Function("Child")]
    public static Task<string> RunChildAsync([OrchestrationTrigger] TaskOrchestrationContext context, string step) =>
        context.CallActivityAsync<string>("Step", step);

    /// <summary>Waits for an event, then does a step.</summary>
    [Function("Wait")]
    public static async Task<string> WaitAsync([OrchestrationTrigger] TaskOrchestrationContext context) =>
        await context.CallActivityAsync<string>("Step", await context.WaitForExternalEvent<string>("go"));

    /// <summary>Says that it was done.</summary>
    [Function("Step")]
    public static string Step([ActivityTrigger] string step)
    {
        Console.WriteLine($"step {step}");
        return step;
    }
}
