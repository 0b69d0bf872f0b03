using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Application;

/// <summary>Backtests that were run elsewhere and published here for display. Nothing runs here, and trading does not use them.</summary>
public sealed class BacktestService(ITradingStore store, IBroker broker, ChangeLog log, TimeProvider clock)
{
    /// <summary>The most that are kept; two that are sent at once may make it one more.</summary>
    public const int Most = 100;

    /// <summary>The most points of a curve.</summary>
    public const int MostPoints = 500;

    /// <summary>The longest warnings, in characters.</summary>
    public const int MaxWarnings = 8000;

    /// <summary>The longest command, in characters.</summary>
    public const int MaxCommand = 2000;

    /// <summary>The backtests in the order of their ids.</summary>
    public async Task<Page<PublishedBacktest>> ListAsync(int pageSize, string? continuation, CancellationToken cancellationToken)
    {
        var page = await PageAsync(pageSize, continuation, cancellationToken);
        return new([.. page.Items.Select(row => row.Value)], page.Continuation) { Unreadable = page.Unreadable };
    }

    /// <summary>One backtest.</summary>
    /// <exception cref="RefusedException">The id does not exist.</exception>
    public async Task<PublishedBacktest> GetAsync(string id, CancellationToken cancellationToken) =>
        (await FindAsync(id, cancellationToken)).Value;

    /// <summary>Keeps a backtest.</summary>
    /// <param name="backtest">Its results.</param>
    /// <param name="caller">Who sends it.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="RefusedException">There is one with the id, or there are as many as are kept.</exception>
    public async Task<PublishedBacktest> PublishAsync(PublishedBacktest backtest, string caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(backtest);
        var kept = await Paging.AllAsync(token => PageAsync(Most, token, cancellationToken));
        if (kept.Count >= Most && kept.TrueForAll(row => row.Value.Id != backtest.Id))
        {
            throw new RefusedException(
                Refusal.Conflict,
                "BACKTESTS_FULL",
                FormattableString.Invariant($"{Most} backtests are kept, and no more. Delete one: DELETE /api/backtests/ID.")
            );
        }

        var published = backtest with { PublishedAt = clock.GetUtcNow(), PublishedBy = caller };
        TradingWrite[] group =
        [
            new(TradingKey.Backtest(published.Id), published, null),
            log.Trading(caller, "publish_backtest", published.Id, null),
        ];
        return await store.CommitAsync(broker.AccountKey, group, cancellationToken) is CommitResult.Committed
            ? published
            : throw new RefusedException(
                Refusal.Conflict,
                "BACKTEST_EXISTS",
                $"The backtest {published.Id} is here already. Delete it first to send it anew: DELETE /api/backtests/{published.Id}."
            );
    }

    /// <summary>Deletes a backtest, even an unreadable one.</summary>
    /// <exception cref="RefusedException">The id does not exist.</exception>
    public async Task DeleteAsync(string id, string caller, CancellationToken cancellationToken)
    {
        Row<PublishedBacktest> row;
        try
        {
            row = await FindAsync(id, cancellationToken);
        }
        catch (UnreadableRowException unreadable)
        {
            var key = TradingKey.Backtest(id);
            var entry = log.TradingDeleted(caller, new(key, unreadable.Message));
            await store.DeleteAsync(broker.AccountKey, key, entry, cancellationToken);
            return;
        }

        TradingWrite[] group = [new(TradingKey.Backtest(id), null, row.Version), log.Trading(caller, "delete_backtest", id, null)];
        if (await store.CommitAsync(broker.AccountKey, group, cancellationToken) is not CommitResult.Committed)
        {
            throw NotFound(id);
        }
    }

    private Task<Page<Row<PublishedBacktest>>> PageAsync(int pageSize, string? continuation, CancellationToken cancellationToken) =>
        store.ListAsync<PublishedBacktest>(broker.AccountKey, TradingKey.BacktestPrefix, pageSize, continuation, cancellationToken);

    private async Task<Row<PublishedBacktest>> FindAsync(string id, CancellationToken cancellationToken) =>
        PublishedBacktest.IsId(id)
        && await store.ReadAsync<PublishedBacktest>(broker.AccountKey, TradingKey.Backtest(id), cancellationToken) is { } row
            ? row
            : throw NotFound(id);

    private static RefusedException NotFound(string id) =>
        new(Refusal.NotFound, "BACKTEST_NOT_FOUND", $"No backtest {(PublishedBacktest.IsId(id) ? id + " " : "")}was sent to this app.");
}
