using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Application;

/// <summary>Maps callers' ids to row keys; an invalid key is detected before the store is read.</summary>
internal static class RowKeys
{
    private const int MaxLength = 200;
    private const string ManualPrefix = "at-m-";

    /// <summary>Whether <paramref name="text"/> can be part of a row key.</summary>
    public static bool IsSafe(string text) =>
        text.Length is > 0 and <= MaxLength && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');

    /// <summary>The part of an order's key after its prefix; null when <paramref name="clientOrderId"/> is no id of an order.</summary>
    public static string? OrderTail(string clientOrderId) =>
        ClientOrderIds.OfStrategy(clientOrderId) is { } order
            ? FormattableString.Invariant($"{order.StrategyId}|{order.Arm}|{order.Sequence:D8}")
        : clientOrderId.StartsWith(ManualPrefix, StringComparison.Ordinal) && IsSafe(clientOrderId) ? $"{Order.ManualOwner}|{clientOrderId}"
        : null;
}
