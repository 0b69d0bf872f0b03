using System.Diagnostics.CodeAnalysis;

namespace AutoTrader.Core.Market;

/// <summary>What a symbol may look like.</summary>
public static class Symbol
{
    /// <summary>The most characters a symbol has.</summary>
    public const int MaxLength = 10;

    /// <summary>Whether <paramref name="symbol"/> is 1 to 10 characters of <c>A-Z 0-9 . -</c> that start with a letter. Lower case is not
    /// valid: see <see cref="Normalize"/>.</summary>
    public static bool IsValid([NotNullWhen(true)] string? symbol)
    {
        if (symbol is not { Length: > 0 and <= MaxLength } || !char.IsAsciiLetterUpper(symbol[0]))
        {
            return false;
        }

        foreach (var character in symbol)
        {
            if (!char.IsAsciiLetterUpper(character) && !char.IsAsciiDigit(character) && character is not ('.' or '-'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The symbol in its stored form: trimmed, in upper case. It need not be valid.</summary>
    public static string Normalize(string symbol) => symbol.Trim().ToUpperInvariant();
}
