using System.Globalization;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Backtesting.Optimization;

/// <summary>The values of one parameter that are tried.</summary>
/// <param name="Parameter">The parameter.</param>
/// <param name="Values">The values, each once, rising.</param>
public sealed record ParameterValues(Parameter Parameter, IReadOnlyList<decimal> Values);

/// <summary>One value of each parameter.</summary>
public sealed class Combination
{
    private readonly ParameterSpace _space;
    private readonly int[] _indices;

    internal Combination(ParameterSpace space, int[] indices)
    {
        (_space, _indices) = (space, indices);
        Key = string.Join(' ', Values.Select(it => string.Create(CultureInfo.InvariantCulture, $"{it.Key}={it.Value:0.##########}")));
    }

    /// <summary>The values as text: equal for equal combinations.</summary>
    public string Key { get; }

    /// <summary>The value of each parameter by its name, in the order in which they were given.</summary>
    public IEnumerable<KeyValuePair<string, decimal>> Values =>
        _space.Parameters.Select((it, i) => KeyValuePair.Create(it.Parameter.Name, it.Values[_indices[i]]));

    /// <summary>The combinations that differ from it by one step of one parameter, with that parameter's name.</summary>
    public IEnumerable<(string Parameter, Combination Neighbor)> Neighbors()
    {
        for (var i = 0; i < _indices.Length; i++)
        {
            foreach (var step in (int[])[-1, 1])
            {
                if (_indices[i] + step >= 0 && _indices[i] + step < _space.Parameters[i].Values.Count)
                {
                    var indices = (int[])_indices.Clone();
                    indices[i] += step;
                    yield return (_space.Parameters[i].Parameter.Name, new(_space, indices));
                }
            }
        }
    }

    /// <summary>Parameters of three values or more whose value here is the first or the last of them.</summary>
    public IEnumerable<string> AtTheEdge() =>
        _space
            .Parameters.Where((it, i) => it.Values.Count > 2 && (_indices[i] == 0 || _indices[i] == it.Values.Count - 1))
            .Select(it => it.Parameter.Name);

    /// <summary>The strategy; it need not make sense.</summary>
    /// <param name="symbol">The symbol.</param>
    /// <param name="price">The price around which a ladder without prices of its own is built, in dollars.</param>
    public Strategy Strategy(string symbol, decimal price)
    {
        var values = _space.Parameters.Select((it, i) => (it.Parameter, Value: it.Values[_indices[i]]));
        return values.Aggregate(new Draft(_space.Plain(symbol)), (draft, it) => it.Parameter.Set(draft, it.Value)).Around(price);
    }

    /// <inheritdoc/>
    public override string ToString() => Key;
}

/// <summary>What an optimization may try: values of parameters of one type of strategy.</summary>
public sealed class ParameterSpace
{
    /// <summary>Shares unless others are tried, as in the original.</summary>
    public const int DefaultQuantity = 10;

    /// <summary>The most combinations of a grid.</summary>
    public const int MostCombinations = 100_000;

    // The same in every run, so that the same strategy gives the same orders.
    private const string Name = "optimized";

    private ParameterSpace(StrategyType type, EntryTemplate? entry, IReadOnlyList<ParameterValues> parameters) =>
        (Type, Entry, Parameters) = (type, entry, parameters);

    /// <summary>The type of strategy.</summary>
    public StrategyType Type { get; }

    /// <summary>The entry condition whose numbers are tried; null for none.</summary>
    public EntryTemplate? Entry { get; }

    /// <summary>What is tried, in the order in which it was given.</summary>
    public IReadOnlyList<ParameterValues> Parameters { get; }

    /// <summary>How many combinations there are.</summary>
    public double Count => Parameters.Aggregate(1.0, (product, it) => product * it.Values.Count);

    /// <summary>The space of values that were given.</summary>
    /// <param name="type">The type of strategy.</param>
    /// <param name="given">Names and values.</param>
    /// <param name="entry">The entry condition; the numbers that it names are parameters, too.</param>
    /// <exception cref="BacktestRefusedException">They make no sense.</exception>
    public static ParameterSpace Of(
        StrategyType type,
        IEnumerable<KeyValuePair<string, IReadOnlyList<decimal>>> given,
        EntryTemplate? entry = null
    )
    {
        IReadOnlyList<Parameter> known = [.. Optimization.Parameters.Of(type), .. entry?.Parameters(type) ?? []];
        var parameters = new List<ParameterValues>();
        foreach (var (name, values) in given)
        {
            var parameter =
                known.FirstOrDefault(it => it.IsNamed(name))
                ?? throw new BacktestRefusedException(
                    $"A {WireNames.Of(type)} has no parameter {name} to try. It has: "
                        + string.Join(", ", known.Select(it => it.Name))
                        + ". A number of an entry condition is named in it, such as {period} in rsi:{period} < 30."
                );
            if (parameters.Exists(it => it.Parameter == parameter))
            {
                throw new BacktestRefusedException($"{parameter.Name} is given twice; give all its values at once.");
            }

            if (values.Count == 0)
            {
                throw new BacktestRefusedException($"{parameter.Name} has no value to try.");
            }

            if (parameter.IsWhole && values.Any(value => value != decimal.Truncate(value) || Math.Abs(value) > int.MaxValue))
            {
                throw new BacktestRefusedException($"{parameter.Name} has whole numbers as values.");
            }

            parameters.Add(new(parameter, [.. values.Distinct().Order()]));
        }

        if (entry?.Names.FirstOrDefault(name => !parameters.Exists(it => it.Parameter.Name == name)) is { } missing)
        {
            throw new BacktestRefusedException($"The entry condition {entry} names {{{missing}}}, but {missing} has no values to try.");
        }

        var entries = parameters.Where(it => it.Parameter.IsEntry).Select(it => it.Parameter.Name).ToList();
        if (entry is not null)
        {
            entries.Add("the entry condition");
        }

        return
            entries.Count > 1
                ? throw new BacktestRefusedException(
                    $"A strategy has one entry, not {string.Join(" and ", entries)}; leave out all but one."
                )
            : parameters.Count == 0 ? throw new BacktestRefusedException("There is no parameter to try.")
            : new ParameterSpace(type, entry, parameters);
    }

    /// <summary>Every combination, the last parameter changing first.</summary>
    /// <exception cref="BacktestRefusedException">There are too many.</exception>
    public IReadOnlyList<Combination> Grid()
    {
        if (Count > MostCombinations)
        {
            throw new BacktestRefusedException(
                FormattableString.Invariant($"{Count:#,##0} combinations are more than {MostCombinations:#,##0}; try some at random.")
            );
        }

        var all = new List<Combination>((int)Count);
        for (var number = 0; number < (int)Count; number++)
        {
            var (indices, rest) = (new int[Parameters.Count], number);
            for (var i = indices.Length - 1; i >= 0; i--)
            {
                (rest, indices[i]) = Math.DivRem(rest, Parameters[i].Values.Count);
            }

            all.Add(new(this, indices));
        }

        return all;
    }

    /// <summary>Combinations whose values are drawn evenly and independently; what is drawn again counts once.</summary>
    /// <param name="samples">How often is drawn.</param>
    /// <param name="seed">The same seed draws the same.</param>
    public IReadOnlyList<Combination> Random(int samples, int seed)
    {
        // With a seed its numbers are the same in every version of .NET.
        var random = new Random(seed);
        var drawn = new Dictionary<string, Combination>(StringComparer.Ordinal);
        for (var i = 0; i < samples; i++)
        {
            var combination = new Combination(this, [.. Parameters.Select(it => random.Next(it.Values.Count))]);
            drawn.TryAdd(combination.Key, combination);
        }

        return [.. drawn.Values];
    }

    /// <summary>The strategy without what is tried: it arms itself anew when it has sold.</summary>
    internal Strategy Plain(string symbol) =>
        new()
        {
            Id = Name,
            Arm = Name,
            Symbol = Symbol.Normalize(symbol),
            StrategyType = Type,
            Quantity = Type == StrategyType.Grid ? 1 : DefaultQuantity,
            ScaleTargets = Type == StrategyType.ScaleOut ? ScaleOut.DefaultTargets : [],
            Repeat = Type != StrategyType.Grid,
            EntryType = Entry is null ? EntryType.Market : EntryType.Condition,
            EntryCondition = Entry?.Text,
        };
}
