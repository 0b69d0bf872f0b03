using System.Security.Cryptography;
using System.Text;
using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Ports;

/// <summary>
/// The row keys of the trading partition (docs/architecture.md, "Storage"). Everything that a cycle reads sorts at or after
/// <see cref="WorkingFrom"/>, except the account row and commands; history sorts before it.
/// </summary>
public static class TradingKey
{
    private const int LongestName = 200;
    private const string NotInKeys = "/\\#?";

    /// <summary>The account row.</summary>
    public const string Account = "account";

    /// <summary>The first key of the working set.</summary>
    public const string WorkingFrom = "holding|";

    /// <summary>Prefix of commands of earlier versions, which nothing reads.</summary>
    public const string EarlierCommandPrefix = "wish|";

    /// <summary>The key prefix of audit entries that committed with their change.</summary>
    public const string AuditPrefix = "audit|";

    /// <summary>Prefix of published backtests.</summary>
    public const string BacktestPrefix = "backtest|";

    /// <summary>Prefix of cash activities.</summary>
    public const string CashPrefix = "cash|";

    /// <summary>Prefix of ended, settled orders.</summary>
    public const string DonePrefix = "done|";

    /// <summary>Prefix of notifications that could not be delivered.</summary>
    public const string DeadPrefix = "dead|";

    /// <summary>Prefix of ledger entries.</summary>
    public const string FillPrefix = "fill|";

    /// <summary>Prefix of unmanaged shares.</summary>
    public const string HoldingPrefix = "holding|";

    /// <summary>Prefix of notifications that are to be delivered.</summary>
    public const string NotificationPrefix = "event|";

    /// <summary>Prefix of working orders.</summary>
    public const string OrderPrefix = "order|";

    /// <summary>Prefix of strategies.</summary>
    public const string StrategyPrefix = "strategy|";

    /// <summary>Prefix of commands.</summary>
    public const string CommandPrefix = "command|";

    /// <summary>The key of a strategy.</summary>
    public static string Strategy(string id) => StrategyPrefix + id;

    /// <summary>The key of a working order.</summary>
    public static string Order(Order order) => Of(OrderPrefix, order);

    /// <summary>The key of an ended, settled order.</summary>
    public static string Done(Order order) => Of(DonePrefix, order);

    /// <summary>The key of a ledger entry.</summary>
    public static string Fill(string executionId) => FillPrefix + executionId;

    /// <summary>The key of a published backtest.</summary>
    public static string Backtest(string id) => BacktestPrefix + id;

    /// <summary>The key of a cash activity.</summary>
    public static string Cash(string activityId) => CashPrefix + Name(activityId);

    /// <summary>The key of the unmanaged shares of a symbol.</summary>
    public static string Holding(string symbol) => HoldingPrefix + symbol;

    /// <summary>The key of a command.</summary>
    public static string Command(string id) => CommandPrefix + id;

    /// <summary>The key of an audit entry.</summary>
    public static string Audit(AuditEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return AuditPrefix + entry.Key;
    }

    // External ids, and ids derived from external text, may contain characters that keys must not have.
    internal static string Name(string name)
    {
        var isKey = name.Length <= LongestName && !name.AsSpan().ContainsAny(NotInKeys) && !name.Any(char.IsControl);
        return isKey ? name : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
    }

    // The arm is part of the key because each arming counts its orders from one.
    private static string Of(string prefix, Order order) =>
        order.StrategyId == Orders.Order.ManualOwner
            ? prefix + order.StrategyId + "|" + order.ClientOrderId
            : FormattableString.Invariant($"{prefix}{order.StrategyId}|{order.Arm}|{order.Sequence:D8}");
}
