using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Application;

/// <summary>Cash movements other than fills, entry by entry, and the acceptance of an unexplained difference.</summary>
public sealed class CashService(ITradingStore store, IBroker broker, CommandQueue commands, TimeProvider clock)
{
    /// <summary>The entries, ordered by id, which is not the order of time.</summary>
    /// <param name="kind">Only of this kind; null for all.</param>
    /// <param name="pageSize">At most so many.</param>
    /// <param name="continuation">From the page before; null for the first.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public async Task<Page<CashActivity>> ListAsync(
        CashActivityKind? kind,
        int pageSize,
        string? continuation,
        CancellationToken cancellationToken
    )
    {
        var page = await Paging.FilterAsync(
            (size, from) => store.ListAsync<CashActivity>(broker.AccountKey, TradingKey.CashPrefix, size, from, cancellationToken),
            row => kind is null || row.Value.Kind == kind,
            pageSize,
            continuation
        );
        return new([.. page.Items.Select(row => row.Value)], page.Continuation);
    }

    /// <summary>Asks the engine to book the difference between the broker's cash and the ledger as a separate entry.</summary>
    /// <param name="amount">The difference that the caller saw, in dollars: positive when the broker has more.</param>
    /// <param name="request">Who asks, and why.</param>
    /// <param name="cancellationToken">Cancels the waiting; the command stays.</param>
    /// <exception cref="RefusedException">There is no difference, or it is another by now.</exception>
    public async Task<CommandEnvelope> AcceptAsync(decimal amount, CommandRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var command = await commands.AskAsync(
            new()
            {
                Id = request.IdFor(CommandKind.AcceptCash, null),
                Command = new AcceptCash(amount),
                Reason = request.Reason,
                RequestHash = VersionTag.Of(FormattableString.Invariant($"{amount:0.##########}\n{request.Reason}")),
                Caller = request.Caller,
                RequestedAt = clock.GetUtcNow(),
            },
            cancellationToken
        );
        return CommandQueue.Refused(command) is { } refusal ? throw refusal : command;
    }
}
