using System.Globalization;
using AutoTrader.Testing;

namespace AutoTrader.Simulation.Exploration;

/// <summary>What goes wrong at a call.</summary>
internal enum FaultKind
{
    /// <summary>The process dies before the call gets out.</summary>
    CrashBefore,

    /// <summary>The process dies when the call has had its effect; nobody sees the answer.</summary>
    CrashAfter,

    /// <summary>The call fails and has no effect.</summary>
    Transient,

    /// <summary>The call has its effect, and its answer is lost.</summary>
    LostAnswer,

    /// <summary>The call times out; its effect comes a few calls later.</summary>
    LateByCalls,

    /// <summary>The call times out; its effect comes before the next tick.</summary>
    LateByTick,

    /// <summary>The call times out; its effect comes after the next tick, when the caller may have been told that there is
    /// nothing.</summary>
    LateAfterLook,

    /// <summary>The answer is the one that the same question got before.</summary>
    Stale,

    /// <summary>Everything is reported twice, or the request arrives twice.</summary>
    Duplicate,

    /// <summary>The lease is lost before the call, and another host runs a cycle; then the call goes out.</summary>
    Overlap,

    /// <summary>The process stands still before the call for so long that another host takes over for some ticks; then the call goes
    /// out.</summary>
    LongOverlap,

    /// <summary>The process dies before the call, and is started again only for the next tick but one.</summary>
    Outage,

    /// <summary>Someone turns the kill switch on before the call.</summary>
    KillSwitch,
}

/// <summary>One thing that goes wrong.</summary>
/// <param name="Call">At which call, counted from one.</param>
/// <param name="Kind">What.</param>
internal sealed record Fault(int Call, FaultKind Kind)
{
    public override string ToString() => FormattableString.Invariant($"{Call}:{Kind}");

    public static IReadOnlyList<Fault> ParseList(string text) =>
        [
            .. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(part => part.Split(':'))
                .Select(part => new Fault(int.Parse(part[0], CultureInfo.InvariantCulture), Enum.Parse<FaultKind>(part[1]))),
        ];
}

/// <summary>Which faults a call can meet.</summary>
internal static class FaultKinds
{
    public static IEnumerable<FaultKind> Of(PortCall call, bool canBeStale)
    {
        yield return FaultKind.CrashBefore;
        yield return FaultKind.Transient;
        yield return FaultKind.Overlap;
        yield return FaultKind.KillSwitch;
        if (call is not { Port: Port.Broker, IsWrite: true })
        {
            // What stood still past the check of the lease and is sent minutes later breaks the broker's promise of InFlight.
            yield return FaultKind.LongOverlap;
        }

        if (call.IsWrite)
        {
            // A crash after a read is the crash before the call that follows it.
            yield return FaultKind.CrashAfter;
            yield return FaultKind.Outage;
            yield return FaultKind.LostAnswer;
        }

        if (call.IsWrite && call.Port != Port.Lease)
        {
            yield return FaultKind.LateByCalls;
            yield return FaultKind.LateByTick;
            yield return FaultKind.Duplicate;
        }

        if (call is { IsWrite: true, Port: Port.Broker })
        {
            yield return FaultKind.LateAfterLook;
        }

        if (call is { Port: Port.Broker, Name: "orders" or "executions" })
        {
            yield return FaultKind.Duplicate;
        }

        if (canBeStale)
        {
            yield return FaultKind.Stale;
        }
    }

    /// <summary>
    /// Whether a fault of this kind ends before the next bar, so that the fills must be those of the run without faults (invariant 10).
    /// A cycle that got no quotes breaks the row of two that a trigger needs, so a failure of market data does not.
    /// </summary>
    public static bool EndsBeforeNextBar(FaultKind kind, PortCall at) =>
        kind is FaultKind.CrashBefore or FaultKind.CrashAfter or FaultKind.LostAnswer or FaultKind.LateByCalls or FaultKind.Duplicate
        || (kind == FaultKind.Transient && at.Port != Port.Market);
}
