using AutoTrader.LocalHost.Durable.Engine;
using AutoTrader.LocalHost.Durable.Storage;
using Microsoft.DurableTask;

namespace AutoTrader.LocalHost.Tests.Durable.Scenarios;

/// <summary>Code that changed under a running instance: the words are those of the real engine's source, of which the recorded scenarios show three.</summary>
public sealed class ReplayMismatchTests
{
    [Theory]
    [InlineData("timer", "none", "a timer task with sequence number 0 but the current replay execution hasn't (yet?) scheduled this task.")]
    [InlineData("timer", "activity", "a timer task with sequence number 0 named but the current orchestration replay instead produced a ScheduleTaskOrchestratorAction action with this sequence number.")]
    [InlineData("child", "none", "a sub-orchestration task with sequence ID 0 and name 'Child' (version '', instance ID 'kid'), but the current replay execution hasn't (yet?) scheduled this task.")]
    [InlineData("child", "timer", "a sub-orchestration task with sequence ID 0 and name 'Child' (version '', instance ID 'kid'), but the current orchestration replay instead produced a CreateTimerOrchestratorAction action at this sequence number.")]
    [InlineData("child", "other", "a sub-orchestration task with sequence ID 0 and name 'Child' (version '', instance ID 'kid'), but the current orchestration replay instead scheduled a sub-orchestration task with name Other at this sequence number.")]
    [InlineData("event", "none", "a send event task with sequence ID 0, type 'EventSent' name 'sent', instance ID 'kid', but the current replay execution hasn't (yet?) scheduled this task.")]
    [InlineData("event", "child", "a send event task with sequence ID 0, type 'EventSent', name 'sent', instance ID 'kid', but the current orchestration replay instead scheduled a CreateSubOrchestrationAction task at this sequence number.")]
    [InlineData("activity", "event", "an activity task with sequence number 0 named 'Echo', but the current orchestration replay instead produced a SendEventOrchestratorAction action with this sequence number.")]
    public async Task The_error_tells_what_was_and_what_is(string before, string after, string difference)
    {
        var store = new MemoryDurableStore();
        await using (var first = await EngineHost.StartAsync(store, Tasks(before)))
        {
            await first.Client.ScheduleNewOrchestrationInstanceAsync("Main", input: null, new StartOrchestrationOptions("main"));
            await first.Client.WaitForInstanceStartAsync("main");
        }

        await using var next = await EngineHost.StartAsync(store, Tasks(after));
        await next.Client.RaiseEventAsync("main", "go");
        var ended = await next.Client.EndAsync("main");
        ended.FailureDetails!.ErrorType.ShouldBe("DurableTask.Core.Exceptions.NonDeterministicOrchestrationException");
        ended.FailureDetails.ErrorMessage.ShouldBe($"Non-Deterministic workflow detected: A previous execution of this orchestration scheduled {difference} Was a change made to the orchestrator code after this instance had already started running?");
        // Unlike what fails the pass from outside, this leaves the status that the code had set.
        ended.SerializedCustomStatus.ShouldBe("\"set\"");
    }

    private static DurableTasks Tasks(string action) => new DurableTasks()
        .Orchestrator("Main", async context =>
        {
            context.SetCustomStatus("set");
            Task open = action switch
            {
                "timer" => context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None),
                "activity" => context.CallActivityAsync("Echo", "x"),
                "child" => context.CallSubOrchestratorAsync("Child", options: new SubOrchestrationOptions { InstanceId = "kid" }),
                "other" => context.CallSubOrchestratorAsync("Other", options: new SubOrchestrationOptions { InstanceId = "kid" }),
                _ => Task.CompletedTask,
            };
            if (action == "event")
                context.SendEvent("kid", "sent", "x");
            await Task.WhenAll(open, context.WaitForExternalEvent<string>("go"));
            return null;
        })
        .Orchestrator("Child", async context => await context.WaitForExternalEvent<string>("never"))
        .Orchestrator("Other", async context => await context.WaitForExternalEvent<string>("never"))
        .Activity("Echo", Task.FromResult);
}
