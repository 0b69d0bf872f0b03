using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;

namespace AutoTrader.Simulation.Exploration;

/// <summary>Takes the entity group out: a schedule moves on, and then its runs are stored.</summary>
internal sealed class WithoutGroups(IScheduleStore inner) : DelegatingScheduleStore(inner)
{
    public override async Task<CommitResult> CommitAsync(string id, IReadOnlyList<ScheduleWrite> group, CancellationToken cancellationToken)
    {
        var versions = new List<RowVersion?>();
        foreach (var write in group)
        {
            if (await Inner.CommitAsync(id, [write], cancellationToken) is not CommitResult.Committed { Versions: [var version] })
            {
                return new CommitResult.Conflict(write.RowKey);
            }

            versions.Add(version);
        }

        return new CommitResult.Committed(versions);
    }
}
