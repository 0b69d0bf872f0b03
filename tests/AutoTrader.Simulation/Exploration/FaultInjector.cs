using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Testing;

namespace AutoTrader.Simulation.Exploration;

/// <summary>A call of a run without faults: what the explorer may do to it.</summary>
internal sealed record TracedCall(PortCall Call, bool CanBeStale);

/// <summary>Numbers every call that leaves the process, and does to some of them what it is told.</summary>
internal sealed class FaultInjector(IReadOnlyList<Fault> faults, bool traces, Action<string> record) : IGate
{
    private const int CallsLate = 3;

    private readonly ILookup<int, FaultKind> _faults = faults.ToLookup(fault => fault.Call, fault => fault.Kind);
    private readonly Dictionary<PortCall, object?> _answers = [];
    private readonly Dictionary<PortCall, object?> _answersBefore = [];
    private readonly List<(int At, Func<Task> Effect)> _late = [];

    public int Calls { get; private set; }

    public int Fired { get; private set; }

    public bool IsDead { get; private set; }

    /// <summary>Whether the process is started again only after a while.</summary>
    public bool IsOut { get; private set; }

    public List<TracedCall> Trace { get; } = [];

    /// <summary>Lets something happen when the time between two ticks has passed so often.</summary>
    public Action<int, Func<Task>>? Later { get; set; }

    /// <summary>Takes the lease and runs a cycle elsewhere, now and then for so many ticks more.</summary>
    public Func<int, Task>? Elsewhere { get; set; }

    public Func<Task>? KillSwitch { get; set; }

    public void Restart() => (IsDead, IsOut) = (false, false);

    public async Task<T> CallAsync<T>(PortCall at, Func<Task<T>> call, Func<T, T>? twice = null)
    {
        ThrowIfDead();
        var number = ++Calls;
        await MakeLateAsync(number);
        if (traces)
        {
            Trace.Add(new(at, !at.IsWrite && _answers.TryGetValue(at, out var before) && !Equals(before, Before(at))));
        }

        // Faults before it may have moved the numbers: a call meets only what it can meet.
        foreach (var kind in _faults[number].Where(kind => FaultKinds.Of(at, canBeStale: true).Contains(kind)))
        {
            Fired++;
            record($"call {number}, {at.Port} {at.Name} {at.Key}: {kind}");
            return await SufferAsync(kind, at, call, twice);
        }

        return await AnswerAsync(at, call);
    }

    private async Task<T> AnswerAsync<T>(PortCall at, Func<Task<T>> call)
    {
        var answer = await call();
        if (!at.IsWrite)
        {
            _answersBefore[at] = Before(at);
            _answers[at] = answer;
        }

        return answer;
    }

    private object? Before(PortCall at) => _answers.GetValueOrDefault(at);

    private async Task<T> SufferAsync<T>(FaultKind kind, PortCall at, Func<Task<T>> call, Func<T, T>? twice)
    {
        switch (kind)
        {
            case FaultKind.CrashBefore or FaultKind.Outage:
                IsOut = kind == FaultKind.Outage;
                IsDead = true;
                throw new ProcessDiedException();
            case FaultKind.CrashAfter:
                try
                {
                    await call();
                }
                finally
                {
                    IsDead = true;
                }

                throw new ProcessDiedException();
            case FaultKind.LostAnswer when at.IsWrite:
                await call();
                throw Failure(at, "no answer came");
            case FaultKind.LateByCalls when at.IsWrite:
                _late.Add((Calls + CallsLate, call));
                throw Failure(at, "it timed out");
            case FaultKind.LateByTick or FaultKind.LateAfterLook when at.IsWrite:
                Later?.Invoke(kind == FaultKind.LateByTick ? 1 : 2, call);
                throw Failure(at, "it timed out");
            case FaultKind.Stale when !at.IsWrite && _answers.TryGetValue(at, out var before):
                return (T)before!;
            case FaultKind.Duplicate when at.IsWrite:
                return await TwiceAsync(at, call);
            case FaultKind.Duplicate when twice is not null:
                return twice(await AnswerAsync(at, call));
            case FaultKind.Overlap:
            // see FaultKinds.Of; numbers shift after a first fault
            case FaultKind.LongOverlap when at is { Port: Port.Broker, IsWrite: true }:
                await (Elsewhere?.Invoke(0) ?? Task.CompletedTask);
                return await AnswerAsync(at, call);
            case FaultKind.LongOverlap:
                // What is late by calls is late by moments: minutes would break the broker's promise of InFlight.
                await MakeLateAsync(int.MaxValue);
                await (Elsewhere?.Invoke(4) ?? Task.CompletedTask);
                return await AnswerAsync(at, call);
            case FaultKind.KillSwitch:
                await (KillSwitch?.Invoke() ?? Task.CompletedTask);
                return await AnswerAsync(at, call);
            default:
                throw Failure(at, "it is not available");
        }
    }

    // A store knows its own write again and gives the first answer; a broker answers the request that came second.
    private static async Task<T> TwiceAsync<T>(PortCall at, Func<Task<T>> call)
    {
        var answer = await call();
        try
        {
            var second = await call();
            return at.Port == Port.Broker ? second : answer;
        }
        catch (Exception) when (at.Port != Port.Broker)
        {
            return answer;
        }
    }

    private async Task MakeLateAsync(int number)
    {
        foreach (var due in _late.Where(late => late.At <= number).ToList())
        {
            _late.Remove(due);
            await Quietly.RunAsync(due.Effect);
        }
    }

    private void ThrowIfDead()
    {
        if (IsDead)
        {
            throw new ProcessDiedException();
        }
    }

    private static Exception Failure(PortCall at, string what) =>
        at.Port switch
        {
            Port.Broker or Port.Market => new TimeoutException($"{at.Port} {at.Name}: {what}"),
            _ => new StorageUnavailableException($"{at.Port} {at.Name}: {what}"),
        };
}

/// <summary>Runs what nobody waits for any more: its refusal reaches nobody.</summary>
internal static class Quietly
{
    public static async Task RunAsync(Func<Task> effect)
    {
        try
        {
            await effect();
        }
        catch (Exception refusal)
            when (refusal
                    is BrokerRefusedException
                        or IOException
                        or StorageUnavailableException
                        or OperationCanceledException
                        or ProcessDiedException
            )
        {
            // The caller has long been told that the request timed out.
        }
    }
}
