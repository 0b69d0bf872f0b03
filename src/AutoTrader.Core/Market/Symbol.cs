namespace AutoTrader.Core.Market;

/// <summary>The form of a stock symbol: 1 to 10 of <c>A-Z 0-9 . -</c>, beginning with a letter.</summary>
public static class Symbol
{
    /// <summary>The longest symbol.</summary>
    public const int MaxLength = 10;

    /// <summary>The symbol as it is stored: trimmed and in upper case.</summary>
    public static string Normalize(string symbol) => symbol.Trim().ToUpperInvariant();

    /// <summary>Whether <paramref name="symbol"/> has the form of one.</summary>
    public static bool IsValid(string? symbol) => symbol is { Length: > 0 and <= MaxLength } && char.IsAsciiLetterUpper(symbol[0])
        && symbol.All(letter => char.IsAsciiLetterUpper(letter) || char.IsAsciiDigit(letter) || letter is '.' or '-');
}
