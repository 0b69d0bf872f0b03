using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace AutoTrader.Core.Orders;

/// <summary>Our order ids: at most 64 characters of <c>[A-Za-z0-9-_]</c>, unique for ever (docs/trading-rules.md, "Client order
/// ids").</summary>
public static partial class ClientOrderIds
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    private const int ArmLength = 8;

    /// <summary>The id of a strategy's order: <c>at-{strategyId}-{arm}-{sequence}</c>.</summary>
    public static string ForStrategy(string strategyId, string arm, int sequence) =>
        FormattableString.Invariant($"at-{strategyId}-{arm}-{sequence}");

    /// <summary>The strategy, arm and sequence of an order id; null for an id that is not a strategy's.</summary>
    public static (string StrategyId, string Arm, int Sequence)? OfStrategy(string clientOrderId) =>
        StrategyOrder().Match(clientOrderId) is { Success: true } match
            ? (
                match.Groups["id"].Value,
                match.Groups["arm"].Value,
                int.Parse(match.Groups["sequence"].ValueSpan, CultureInfo.InvariantCulture)
            )
            : null;

    /// <summary>The id of a manual order: <c>at-m-</c> and base32 of SHA-256 over caller and idempotency key; the same key gives the same
    /// id.</summary>
    public static string ForManual(string caller, string idempotencyKey) => "at-m-" + Hash(caller + "\n" + idempotencyKey);

    /// <summary>A new arm: 8 random base32 characters.</summary>
    public static string NewArm() => RandomNumberGenerator.GetString(Alphabet, ArmLength);

    /// <summary>The arm after <paramref name="arm"/>: follows from it, so that an arming which is tried twice is one arming.</summary>
    public static string NextArm(string strategyId, string arm) => Hash(strategyId + "\n" + arm)[..ArmLength];

    [GeneratedRegex(
        "^at-(?<id>[A-Za-z0-9_-]{1,32})-(?<arm>[A-Za-z0-9]{8})-(?<sequence>[0-9]{1,8})$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex StrategyOrder();

    private static string Hash(string text)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        var builder = new StringBuilder((bytes.Length * 8 / 5) + 1);
        int buffer = 0,
            bits = 0;
        foreach (var value in bytes)
        {
            buffer = (buffer << 8) | value;
            for (bits += 8; bits >= 5; bits -= 5)
            {
                builder.Append(Alphabet[(buffer >> (bits - 5)) & 31]);
            }

            buffer &= (1 << bits) - 1;
        }

        return bits > 0 ? builder.Append(Alphabet[(buffer << (5 - bits)) & 31]).ToString() : builder.ToString();
    }
}
