using System.Collections.Concurrent;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine;

/// <summary>What one cycle did and found: events, attention, decisions, answers to commands, and how many of each. Only written to while
/// the cycle runs, and read when it ends.</summary>
/// <param name="events">Who is told at once.</param>
/// <param name="now">The cycle's instant (UTC).</param>
/// <param name="isDryRun">Whether nothing is told, since nothing is done.</param>
/// <param name="before">The attention items of the cycle before.</param>
internal sealed class CycleJournal(IEngineEvents events, DateTimeOffset now, bool isDryRun, IReadOnlyList<Attention> before)
{
    private const int MostLines = 200;

    private readonly Dictionary<(string Code, string Key), Attention> _attention = [];
    private readonly List<string> _lines = [];
    private readonly List<CycleDecision> _decisions = [];
    private readonly ConcurrentDictionary<string, CommandEnvelope> _answers = new(StringComparer.Ordinal);

    public IReadOnlyCollection<Attention> Attention => _attention.Values;

    public IReadOnlyList<string> Lines => _lines;

    public IReadOnlyList<CycleDecision> Decisions => _decisions;

    /// <summary>Commands whose answers are committed.</summary>
    public IReadOnlyDictionary<string, CommandEnvelope> Answers => _answers;

    public int Evaluated { get; private set; }

    public int WithoutQuote { get; private set; }

    public int Skipped { get; private set; }

    public int Submitted { get; private set; }

    public int Canceled { get; private set; }

    public int Fills { get; private set; }

    public void CountEvaluated(bool hasQuote)
    {
        Evaluated += hasQuote ? 1 : 0;
        WithoutQuote += hasQuote ? 0 : 1;
    }

    public void CountSkipped() => Skipped++;

    public void CountSubmitted() => Submitted++;

    public void CountCanceled() => Canceled++;

    public void CountFill() => Fills++;

    public void Raise(string code, string key, string message) => _attention.TryAdd((code, key), new(code, key, message, now));

    /// <summary>The broker did not answer about one thing: the cycle goes on without it and asks again (docs/architecture.md, "The
    /// cycle").</summary>
    /// <param name="key">The record that it is about.</param>
    /// <param name="subject">What the broker was asked about.</param>
    /// <param name="consequence">What happens without the answer, a sentence.</param>
    /// <param name="cause">Why there is no answer, if more is known than that.</param>
    public void RaiseNoAnswer(string key, string subject, string consequence, string? cause = null) =>
        Raise("NO_ANSWER", key, $"The broker did not answer about {subject}{(cause is null ? "" : ": " + cause)}. {consequence}");

    /// <summary>Raises again what is neither better nor worse than it was in the cycle before, since it was not looked at.</summary>
    public void RaiseAgain(string code)
    {
        foreach (var item in before.Where(item => item.Code == code))
        {
            Raise(item.Code, item.Key, item.Message);
        }
    }

    public void Publish(
        EngineEventKind kind,
        string? strategyId,
        string? symbol,
        string message,
        OrderStatus? status = null,
        Attention? attention = null
    )
    {
        if (isDryRun)
        {
            return;
        }

        if (_lines.Count < MostLines)
        {
            _lines.Add(message);
        }
        else if (_lines.Count == MostLines)
        {
            _lines.Add("More happened in this cycle than is kept here; the log has it all.");
        }

        events.Publish(new(kind, now, strategyId, symbol, message, status, attention));
    }

    public void Decide(Book book, string kind, string description) => _decisions.Add(new(book.Id, book.Symbol, kind, description));

    /// <summary>Remembers the answers among <paramref name="committed"/> writes.</summary>
    public void Answered(IEnumerable<TradingWrite> committed)
    {
        foreach (var command in committed.Select(write => write.Record).OfType<CommandEnvelope>())
        {
            _answers[command.Id] = command;
        }
    }
}
