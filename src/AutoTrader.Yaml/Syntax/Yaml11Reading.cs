using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace AutoTrader.Yaml.Syntax;

/// <summary>
/// What the Python AutoTrader's parser (YAML 1.1) made of a plain value, where that is not what is written: <c>010</c> was 8, <c>1_000</c>
/// was 1000, <c>1:30</c> was 90, and the symbol <c>ON</c> was true.
/// </summary>
internal static partial class Yaml11Reading
{
    private const int MaxLength = 40;

    /// <summary>The number that it read; null when <paramref name="text"/> was no number to it, or is written in decimal digits as
    /// here.</summary>
    public static string? Number(string text)
    {
        if (text.Length > MaxLength || !Odd().IsMatch(text))
        {
            return null;
        }

        var digits = text.Replace("_", "", StringComparison.Ordinal).TrimStart('+', '-');
        var sign = text[0] == '-' ? "-" : "";
        if (Binary().IsMatch(text))
        {
            return sign + InBase(digits[2..], 2);
        }

        if (Hexadecimal().IsMatch(text))
        {
            return sign + InBase(digits[2..], 16);
        }

        if (Octal().IsMatch(text))
        {
            return sign + InBase(digits, 8);
        }

        if (Sexagesimal().IsMatch(text))
        {
            var parts = digits.Split(':').Select(part => BigInteger.Parse(part, CultureInfo.InvariantCulture));
            return sign + parts.Aggregate(BigInteger.Zero, (sum, part) => (sum * 60) + part).ToString(CultureInfo.InvariantCulture);
        }

        return Underscored().IsMatch(text) ? sign + digits : null;
    }

    /// <summary>The value it read instead of the text; null when it read the text.</summary>
    public static string? Text(string text) =>
        text is "yes" or "Yes" or "YES" or "on" or "On" or "ON" or "true" or "True" or "TRUE" ? "the truth value true"
        : text is "no" or "No" or "NO" or "off" or "Off" or "OFF" or "false" or "False" or "FALSE" ? "the truth value false"
        : Number(text) is { } number ? "the number " + number
        : null;

    private static string InBase(string digits, int radix) =>
        digits.Aggregate(BigInteger.Zero, (sum, digit) => (sum * radix) + ValueOf(digit)).ToString(CultureInfo.InvariantCulture);

    private static int ValueOf(char digit) => char.IsAsciiDigit(digit) ? digit - '0' : char.ToLowerInvariant(digit) - 'a' + 10;

    // What cannot be read otherwise than here is seen at a glance.
    [GeneratedRegex(
        "^[+-]?(0[0-9bx]|[0-9]+[_:])",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Odd();

    [GeneratedRegex("^[+-]?0b[01_]*[01][01_]*\\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Binary();

    [GeneratedRegex("^[+-]?0x[0-9a-fA-F_]*[0-9a-fA-F][0-9a-fA-F_]*\\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Hexadecimal();

    [GeneratedRegex("^[+-]?0[0-7_]+\\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Octal();

    [GeneratedRegex(
        "^[+-]?[1-9][0-9_]*(:[0-5]?[0-9])+\\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Sexagesimal();

    [GeneratedRegex(
        "^[+-]?[1-9][0-9_]*(\\.[0-9_]*)?\\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Underscored();
}
