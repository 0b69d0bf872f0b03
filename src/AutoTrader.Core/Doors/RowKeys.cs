using System.Globalization;
using System.Text.RegularExpressions;
using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Doors;

/// <summary>From what callers write to row keys; what can be no key is known before a store is asked.</summary>
internal static partial class RowKeys
{
    private const int MaxLength = 200;
    private const string ManualPrefix = "at-m-";

    /// <summary>Whether <paramref name="text"/> can be part of a row key.</summary>
    public static bool IsSafe(string text) => text.Length is > 0 and <= MaxLength && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');

    /// <summary>The part of an order's key after its prefix; null when <paramref name="clientOrderId"/> is no id of an order.</summary>
    public static string? OrderTail(string clientOrderId)
    {
        if (StrategyOrder().Match(clientOrderId) is { Success: true } match)
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"{match.Groups["id"].Value}|{match.Groups["arm"].Value}|{int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture):D8}");
        }

        return clientOrderId.StartsWith(ManualPrefix, StringComparison.Ordinal) && IsSafe(clientOrderId) ? $"{Order.ManualOwner}|{clientOrderId}" : null;
    }

    [GeneratedRegex("^at-(?<id>[A-Za-z0-9_-]{1,32})-(?<arm>[A-Za-z0-9]{8})-(?<number>[0-9]{1,8})$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex StrategyOrder();
}
