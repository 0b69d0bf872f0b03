using AutoTrader.Core.Ports;

namespace AutoTrader.Storage.Records;

/// <summary>Which kind of record each row of the trading partition holds.</summary>
internal static class TradingRows
{
    private static readonly (string Prefix, RecordMapper Mapper)[] Kinds =
    [
        (TradingKey.OrderPrefix, OrderRecord.Mapper),
        (TradingKey.StrategyPrefix, StrategyRecord.Mapper),
        (TradingKey.DonePrefix, OrderRecord.Mapper),
        (TradingKey.FillPrefix, FillRecord.Mapper),
        (TradingKey.CashPrefix, CashActivityRecord.Mapper),
        (TradingKey.CommandPrefix, CommandRecord.Mapper),
        (TradingKey.HoldingPrefix, HoldingRecord.Mapper),
        (TradingKey.NotificationPrefix, NotificationRecord.Mapper),
        (TradingKey.DeadPrefix, DeadLetterRecord.Mapper),
        (TradingKey.AuditPrefix, AuditRecord.Mapper),
        (TradingKey.BacktestPrefix, BacktestRecord.Mapper),
    ];

    /// <summary>The mapper of the row with <paramref name="rowKey"/>; null for a key of no kind that this version knows.</summary>
    public static RecordMapper? Of(string rowKey)
    {
        if (rowKey == TradingKey.Account)
        {
            return AccountRecord.Mapper;
        }

        foreach (var (prefix, mapper) in Kinds)
        {
            if (rowKey.StartsWith(prefix, StringComparison.Ordinal))
            {
                return mapper;
            }
        }

        return null;
    }

    /// <summary>The mapper of the rows that begin with <paramref name="prefix"/>.</summary>
    /// <exception cref="ArgumentException">They hold no <typeparamref name="T"/>.</exception>
    public static RecordMapper<T> Of<T>(string prefix)
        where T : class =>
        Of(prefix) as RecordMapper<T> ?? throw new ArgumentException($"Rows '{prefix}' do not hold a {typeof(T).Name}.", nameof(prefix));

    /// <summary>The entity write of <paramref name="write"/>.</summary>
    /// <exception cref="ArgumentException">The key does not belong to the record, or neither record nor version is given.</exception>
    public static Tables.EntityWrite ToEntityWrite(TradingWrite write)
    {
        var mapper = Of(write.RowKey) ?? throw new ArgumentException($"'{write.RowKey}' is the key of no kind of record.", nameof(write));
        return mapper.ToWrite(write.RowKey, write.Record, write.Expected);
    }
}
