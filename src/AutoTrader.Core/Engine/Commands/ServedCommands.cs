using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine.Commands;

/// <summary>
/// What the commands of a cycle leave behind: their answers, which commit with what they changed, and the work of the steps that follow.
/// </summary>
internal sealed class ServedCommands(CycleContext context)
{
    private readonly List<(Book Book, Order Order, Row<CommandEnvelope> Command)> _manualOrders = [];
    private readonly List<(Book Book, Order Order)> _sales = [];
    private readonly List<(StrategyBook Strategy, UnmanagedBook Heir)> _deletions = [];
    private readonly HashSet<string> _deleting = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> _released = new(StringComparer.Ordinal);
    private readonly List<TradingWrite[]> _loose = [];
    private (string Id, Book? Book) _last;

    /// <summary>Manual orders that are to be checked, committed and sent.</summary>
    public IReadOnlyList<(Book Book, Order Order, Row<CommandEnvelope> Command)> ManualOrders => _manualOrders;

    /// <summary>Sales of unmanaged shares that a flatten of the whole account needs.</summary>
    public IReadOnlyList<(Book Book, Order Order)> Sales => _sales;

    /// <summary>Strategies that go, each with the unmanaged shares that take over what it holds: they commit together.</summary>
    public IReadOnlyList<(StrategyBook Strategy, UnmanagedBook Heir)> Deletions => _deletions;

    /// <summary>Symbols that are not held any more, and whether the split that each was held for is applied.</summary>
    public IReadOnlyDictionary<string, bool> Released => _released;

    /// <summary>Answers that belong to no book, each with its audit entry, to be written on their own; and served commands that are
    /// old.</summary>
    public IReadOnlyList<TradingWrite[]> Loose => _loose;

    /// <summary>Whether the orders of a strategy are being canceled because it is deleted: nothing is placed for it any more.</summary>
    public bool IsDeleting(string strategyId) => _deleting.Contains(strategyId);

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
            _loose.Add([.. answered.Served(row.Version)]);
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

    /// <summary>Hands a manual order on.</summary>
    public void Place(Book book, Order order, Row<CommandEnvelope> row) => _manualOrders.Add((book, order, row));

    /// <summary>Hands a sale of unmanaged shares on.</summary>
    public void Sell(Book book, Order sale) => _sales.Add((book, sale));

    /// <summary>Takes a strategy out; <paramref name="heir"/> has what it held.</summary>
    public void Delete(StrategyBook strategy, UnmanagedBook heir) => _deletions.Add((strategy, heir));

    /// <summary>Notes that a strategy goes once its orders have ended.</summary>
    public void DeleteLater(StrategyBook strategy) => _deleting.Add(strategy.Id);

    /// <summary>Notes that a symbol is not held any more.</summary>
    public void Release(string symbol, bool isApplied) => _released[symbol] = isApplied;

    /// <summary>Deletes a served command that is old.</summary>
    public void Forget(Row<CommandEnvelope> row) => _loose.Add([new(TradingKey.Command(row.Value.Id), null, row.Version)]);
}
