using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine.Commands;

/// <summary>
/// What the commands of a cycle leave behind: their answers, which commit with what they changed, and the work of the steps that follow.
/// </summary>
internal sealed class ServedCommands(CycleContext context)
{
    /// <summary>Cancels that one book marks at once: with the rest of its changes they fit one entity group; the others follow.</summary>
    public const int CancelsAtOnce = 40;

    /// <summary>Manual orders that are to be checked, committed and sent.</summary>
    public List<(Book Book, Order Order, Row<CommandEnvelope> Command)> ManualOrders { get; } = [];

    /// <summary>Sales of unmanaged shares that a flatten of the whole account needs.</summary>
    public List<(Book Book, Order Order)> Sales { get; } = [];

    /// <summary>Strategies that go, each with the unmanaged shares that take over what it holds: they commit together.</summary>
    public List<(StrategyBook Strategy, UnmanagedBook Heir)> Deletions { get; } = [];

    /// <summary>Answers that belong to no book, each with its audit entry, to be written on their own; and served commands that are
    /// old.</summary>
    public List<TradingWrite[]> Loose { get; } = [];

    private (string Id, Book? Book) _last;

    /// <summary>The book with which the answer of a command that was just handled commits; null when it has none yet, or commits on its
    /// own.</summary>
    public Book? BookOf(Row<CommandEnvelope> row) => _last.Id == row.Value.Id ? _last.Book : null;

    /// <summary>Answers a command; with a <paramref name="book"/>, when its changes are committed.</summary>
    public void Complete(Row<CommandEnvelope> row, Book? book, CommandStatus status, string? code, string outcome)
    {
        var answered = row.Value with { Status = status, Code = code, Outcome = outcome, HandledAt = context.Now };
        _last = (answered.Id, book);
        if (book is null)
        {
            Loose.Add([.. answered.Served(row.Version)]);
        }
        else
        {
            book.Complete(row, answered);
        }

        context.Journal.Publish(
            EngineEventKind.CommandHandled,
            book?.Id,
            book?.Symbol,
            $"{WireNames.Of(answered.Command.Kind)} {answered.Command.Target}: {outcome}"
        );
    }

    public void Refuse(Row<CommandEnvelope> row, Book? book, string code, string why) =>
        Complete(row, book, CommandStatus.Refused, code, why);

    public void Done(Row<CommandEnvelope> row, Book? book, string outcome) => Complete(row, book, CommandStatus.Done, null, outcome);
}
