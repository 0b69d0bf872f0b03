using AutoTrader.Core.Engine;
using AutoTrader.Core.Engine.Ports;

namespace AutoTrader.Core.Notifications;

/// <summary>
/// Where notices are handed in that do not belong to a commit of the engine. A notice that was handed in is delivered at least once, and
/// the same notice (id and instant) handed in again after a crash is the same notice.
/// </summary>
public sealed class NoticeDesk(ITradingStore store, IBroker broker)
{
    /// <summary>Hands in a notice; it is sent within a minute or so. To lose none, hand it in before what it tells of is closed.</summary>
    /// <exception cref="StorageUnavailableException">It could not be written down; hand it in again.</exception>
    public async Task HandInAsync(Notice notice, CancellationToken cancellationToken) =>
        await store.CommitAsync(broker.AccountKey, [Write(notice)], cancellationToken);

    /// <summary>The write that hands in <paramref name="notice"/> in the entity group of what it tells of.</summary>
    public static TradingWrite Write(Notice notice)
    {
        var tidy = notice.Tidy();
        return new(TradingKey.Notice(tidy), tidy, null);
    }
}
