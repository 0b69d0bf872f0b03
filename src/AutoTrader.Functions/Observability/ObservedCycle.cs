using System.Diagnostics;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Orders;

namespace AutoTrader.Functions.Observability;

/// <summary>An evaluation cycle as one activity, with its decisions counted.</summary>
public sealed class ObservedCycle(IEvaluationCycle inner, Telemetry telemetry) : IEvaluationCycle
{
    /// <inheritdoc/>
    public async Task<CycleResult> RunAsync(CycleRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var activity = Telemetry.Activities.StartActivity("cycle");
        var result = await inner.RunAsync(request, cancellationToken);
        if (!request.DryRun)
        {
            foreach (var decision in result.Decisions)
            {
                telemetry.Decided(decision.Kind);
            }
        }

        activity
            ?.SetTag("autotrader.cause", request.Cause)
            .SetTag("autotrader.planned", request.Planned?.ToString("O"))
            .SetTag("autotrader.outcome", WireNames.Of(result.Outcome));
        if (result.Record?.Error is { } error)
        {
            activity?.SetStatus(ActivityStatusCode.Error, error);
        }

        return result;
    }
}
