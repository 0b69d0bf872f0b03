using System.Threading.Channels;
using AutoTrader.Core.Engine;

namespace AutoTrader.Core.Tests.Engine;

/// <summary>A thousand requests of one instant make two cycles, and each of them gets one that began after it asked.</summary>
public class CoalescingRunnerTests
{
    [Fact]
    public async Task All_who_ask_while_a_cycle_runs_share_the_next()
    {
        var cycles = new HeldCycles();
        var shared = new CoalescingRunner<CycleResult>(() => cycles.RunAsync(new(null, "command"), CancellationToken.None));
        var first = shared.RunAsync(CancellationToken.None);
        await cycles.BegunAsync();
        var others = Enumerable.Range(0, 1000).Select(_ => shared.RunAsync(CancellationToken.None)).ToList();
        cycles.Release();
        await first;
        await cycles.BegunAsync();
        others.ShouldAllBe(it => !it.IsCompleted);
        cycles.Release();
        await Task.WhenAll(others);
        cycles.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_cycle_that_fails_does_not_stop_the_next_and_one_who_gives_up_does_not_stop_it_for_others()
    {
        var cycles = new HeldCycles();
        var shared = new CoalescingRunner<CycleResult>(() => cycles.RunAsync(new(null, "command"), CancellationToken.None));
        var failing = shared.RunAsync(CancellationToken.None);
        await cycles.BegunAsync();
        using var impatient = new CancellationTokenSource();
        var gone = shared.RunAsync(impatient.Token);
        var next = shared.RunAsync(CancellationToken.None);
        await impatient.CancelAsync();
        cycles.Fail();
        await Should.ThrowAsync<InvalidOperationException>(() => failing);
        await Should.ThrowAsync<OperationCanceledException>(() => gone);
        await cycles.BegunAsync();
        cycles.Release();
        (await next).Outcome.ShouldBe(CycleOutcome.Ran);
    }

    /// <summary>Cycles that begin when they are asked for and end when the test says so.</summary>
    private sealed class HeldCycles : IEvaluationCycle
    {
        private readonly Channel<int> _begun = Channel.CreateUnbounded<int>();
        private TaskCompletionSource<CycleResult> _end = New();

        public int Count { get; private set; }

        public async Task BegunAsync() => await _begun.Reader.ReadAsync(TestContext.Current.CancellationToken);

        public void Release() => Renew().SetResult(new(CycleOutcome.Ran, null, []));

        public void Fail() => Renew().SetException(new InvalidOperationException());

        public Task<CycleResult> RunAsync(CycleRequest request, CancellationToken cancellationToken)
        {
            Count++;
            var end = _end.Task;
            _begun.Writer.TryWrite(Count);
            return end;
        }

        private static TaskCompletionSource<CycleResult> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

        private TaskCompletionSource<CycleResult> Renew()
        {
            var ended = _end;
            _end = New();
            return ended;
        }
    }
}
