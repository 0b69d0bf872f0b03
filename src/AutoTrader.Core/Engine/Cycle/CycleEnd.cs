using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine.Cycle;

/// <summary>What a cycle leaves when it ends: its record, and what the next one must remember.</summary>
internal static class CycleEnd
{
    private const int CyclesOfAppliedExecutions = 2;

    /// <summary>The record of a cycle.</summary>
    public static CycleRecord Record(CycleContext context, CycleFrame frame, int attention, TimeSpan took, string? error) =>
        new()
        {
            Planned = context.Request.Planned ?? context.Now,
            StartedAt = context.Now,
            Cause = context.Request.Cause,
            Holder = context.Options.Holder,
            MarketOpen = frame.MarketOpen,
            Evaluated = context.Journal.Evaluated,
            WithoutQuote = context.Journal.WithoutQuote,
            Skipped = context.Journal.Skipped,
            Submitted = context.Journal.Submitted,
            Canceled = context.Journal.Canceled,
            Fills = context.Journal.Fills,
            Attention = attention,
            Equity = frame.Sampled?.Samples[^1].Equity,
            DurationMs = (long)took.TotalMilliseconds,
            Error = error,
            Events = context.Journal.Lines,
        };

    /// <summary>What the next cycle must remember.</summary>
    public static EngineState Remember(
        CycleContext context,
        CycleFrame frame,
        IReadOnlyList<Attention> attention,
        IReadOnlyDictionary<string, int> stuckCancels,
        string? error
    ) =>
        context.Before with
        {
            Quiet = error is null ? QuietTick.After(context, frame) : null,
            LastTick = context.Request.Planned ?? context.Before.LastTick,
            LastCycleAt = context.Now,
            LastHolder = context.Options.Holder,
            Quotes = frame.Quotes?.Memory ?? frame.QuotesBefore,
            Mismatches = frame.Mismatches,
            Holds = frame.Holds,
            Splits = frame.Splits,
            Cash = frame.Cash.State,
            Exchange = frame.Exchange,
            Attention = attention,
            StuckCancels = stuckCancels,
            Equity = frame.Sampled ?? context.Before.Equity,
            ReadTo = frame.ReadTo,
            Applied = Applied(context, frame),
        };

    // Those whose commit failed are read again.
    private static Dictionary<string, DateTimeOffset> Applied(CycleContext context, CycleFrame frame)
    {
        var since = context.Now - (context.Options.ReadOverlap * CyclesOfAppliedExecutions);
        var lost = context
            .Set.Books.SelectMany(book => book.UncommittedFills)
            .Select(fill => fill.ExecutionId)
            .ToHashSet(StringComparer.Ordinal);
        return frame.Applied.Where(pair => pair.Value >= since && !lost.Contains(pair.Key)).ToDictionary(StringComparer.Ordinal);
    }
}
