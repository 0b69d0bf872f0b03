using System.Globalization;

namespace AutoTrader.Core.Market.Indicators;

/// <summary>A number that an indicator takes.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Default">Its value unless another is given.</param>
/// <param name="Least">The least that makes sense.</param>
/// <param name="IsWhole">Whether it is a whole number of bars.</param>
public sealed record IndicatorParameter(string Name, double Default, double Least = 1, bool IsWhole = true);

/// <summary>One output of an indicator: a value for each bar, null where it is not defined yet.</summary>
/// <param name="Name">Its name, such as <c>sma_20</c>.</param>
/// <param name="Values">The values, one for each bar.</param>
public sealed record IndicatorSeries(string Name, IReadOnlyList<double?> Values);

/// <summary>
/// A number computed from past bars. A value belongs to the bar at whose end it is known, and uses no later bar.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">A description, in a sentence.</param>
/// <param name="Formula">How it is computed, and from which bar on.</param>
/// <param name="Parameters">Its parameters, in order.</param>
/// <param name="Output">The names of its outputs, with parameters in braces.</param>
public sealed record Indicator(
    string Name,
    string Description,
    string Formula,
    IReadOnlyList<IndicatorParameter> Parameters,
    IReadOnlyList<string> Output
)
{
    /// <summary>The largest parameter, in bars.</summary>
    public const int MostBars = 100_000;

    /// <summary>From how many of the last bars its value in a condition is computed, so that it does not depend on where the data begin;
    /// null for those that begin with the first bar that there is. What leans on its beginning gets so many bars that the first weighs
    /// less than a thousandth.</summary>
    internal Func<double[], int>? Window { get; init; }

    /// <summary>Whether its outputs are prices in dollars, or differences of them: they change with a split.</summary>
    internal bool IsPrice { get; init; } = true;

    /// <summary>Computes the outputs, in the order of <see cref="Output"/>.</summary>
    internal Func<IReadOnlyList<Bar>, double[], double?[][]> Series { get; init; } = (_, _) => [];
}

/// <summary>An indicator with its values: <c>sma:20</c>, <c>bbands:20,2</c>, or <c>macd</c> with the defaults.</summary>
public sealed class IndicatorCall
{
    private readonly double[] _values;

    private IndicatorCall(Indicator indicator, double[] values) => (Indicator, _values) = (indicator, values);

    /// <summary>The indicator.</summary>
    public Indicator Indicator { get; }

    /// <summary>From how many of the last bars its value in a condition is computed; null for those that begin with the first bar that
    /// there is.</summary>
    public int? Bars => Indicator.Window?.Invoke(_values);

    /// <summary>Reads the text form.</summary>
    /// <param name="text">A name, and values after a colon with commas between them.</param>
    /// <exception cref="FormatException">It is invalid; the message says what to change.</exception>
    public static IndicatorCall Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = (colon < 0 ? text : text[..colon]).Trim();
        var indicator = StandardIndicators.Find(name)
            ?? throw new FormatException(
                $"There is no indicator {name}. There are: {string.Join(", ", StandardIndicators.All.Select(it => it.Name))}."
            );
        var given = colon < 0 ? [] : text[(colon + 1)..].Split(',');
        if (given.Length > indicator.Parameters.Count)
        {
            throw new FormatException(
                $"{name} takes {Taken(indicator)}, not {given.Length.ToString(CultureInfo.InvariantCulture)} numbers."
            );
        }

        return new(indicator, [.. indicator.Parameters.Select((it, i) => i < given.Length ? Value(indicator, it, given[i]) : it.Default)]);
    }

    /// <summary>Computes it over bars in order.</summary>
    public IReadOnlyList<IndicatorSeries> Over(IReadOnlyList<Bar> bars)
    {
        var values = Indicator.Series(bars, _values);
        return [.. Indicator.Output.Select((name, i) => new IndicatorSeries(Named(name), values[i]))];
    }

    private string Named(string output) =>
        Indicator
            .Parameters.Select((it, i) => (it.Name, Value: _values[i]))
            .Aggregate(output, (text, it) =>
                text.Replace($"{{{it.Name}}}", it.Value.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            );

    private static double Value(Indicator indicator, IndicatorParameter parameter, string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
        && value >= parameter.Least
        && value <= Indicator.MostBars
        && (!parameter.IsWhole || value == Math.Truncate(value))
            ? value
            : throw new FormatException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{parameter.Name} of {indicator.Name} is a {(parameter.IsWhole ? "whole " : "")}number from {parameter.Least} to "
                        + $"{Indicator.MostBars}, not '{text}'."
                )
            );

    private static string Taken(Indicator indicator) =>
        indicator.Parameters.Count == 0 ? "no number" : string.Join(", ", indicator.Parameters.Select(it => it.Name));
}
