using AutoTrader.Contracts;

namespace AutoTrader.Cli.Client;

/// <summary>Past events and new ones as they happen, each once.</summary>
/// <param name="caller">Who asks.</param>
/// <param name="since">From when on; see <see cref="IAutoTraderApi.ListEventsAsync"/>.</param>
/// <param name="strategyId">Only events of this strategy; null for all.</param>
/// <param name="cursor">Where a reader before stopped; null to begin with <paramref name="since"/>.</param>
internal sealed class EventStream(Caller caller, string since, string? strategyId, string? cursor = null)
{
    /// <summary>The cursor after everything read; null before the first read.</summary>
    public string? Resume { get; private set; } = cursor;

    /// <summary>How many events are held back for later.</summary>
    public int HeldBack { get; private set; }

    /// <summary>Everything that came since the last reading.</summary>
    public async Task<IReadOnlyList<EventView>> ReadAsync()
    {
        var resume = Resume;
        var events = await caller.AllAsync(
            async (limit, next) =>
            {
                var page = await caller.Api.ListEventsAsync(since, strategyId, limit, next ?? Resume, caller.Cancellation);
                (resume, HeldBack) = (page.ResumeCursor, page.HeldBack);
                return new ListView<EventView>(page.Items, page.Count, page.NextCursor);
            }
        );
        // Only now: pages before one that failed are read again.
        Resume = resume;
        return events;
    }
}
