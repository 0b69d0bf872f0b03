using System.Text.RegularExpressions;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Backtesting.Optimization;

/// <summary>
/// An entry condition with names in braces for the numbers that are tried: <c>sma:{fast} &gt; sma:{slow}</c>,
/// <c>rsi:14 &lt; {threshold}</c>, <c>below:{price}</c>. Each name is a parameter.
/// </summary>
public sealed partial class EntryTemplate
{
    private EntryTemplate(string text, IReadOnlyList<string> names) => (Text, Names) = (text, names);

    /// <summary>The text.</summary>
    public string Text { get; }

    /// <summary>The names in it, each once.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Reads one; the condition itself is checked with each combination of values.</summary>
    /// <exception cref="BacktestRefusedException">A brace does not belong to a name.</exception>
    public static EntryTemplate Parse(string text) =>
        NameInBraces().Replace(text, "").AsSpan().ContainsAny('{', '}')
            ? throw new BacktestRefusedException(
                $"In the entry condition {text}, braces are not around a name of small letters, digits and _, such as {{period}}."
            )
            : new(text, [.. NameInBraces().Matches(text).Select(it => it.Groups["name"].Value).Distinct(StringComparer.Ordinal)]);

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <exception cref="BacktestRefusedException">The type chooses its entry itself, or a name is that of another parameter.</exception>
    internal IEnumerable<Parameter> Parameters(StrategyType type) =>
        !Optimization.Parameters.HasEntry(type)
            ? throw new BacktestRefusedException($"A {WireNames.Of(type)} has no entry condition.")
        : Optimization.Parameters.All.FirstOrDefault(it => Names.Any(it.IsNamed)) is { } taken
            ? throw new BacktestRefusedException($"{taken.Name} is a parameter already; use another name in the entry condition {Text}.")
        : Names.Select(name => new Parameter(name, [], [type], $"{name} of the entry condition", (it, value) => it.Named(name, value)));

    [GeneratedRegex(@"\{(?<name>[a-z][a-z0-9_]*)\}", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex NameInBraces();
}
