using System.Globalization;
using AutoTrader.Core.Market;
using AutoTrader.Core.Market.Indicators;

namespace AutoTrader.Core.Strategies;

/// <summary>The result of an indicator condition on the completed bars.</summary>
/// <param name="IsMet">Whether it is met; false while there are too few bars.</param>
/// <param name="WaitingFor">The reason for waiting, in a sentence; null when the condition is met.</param>
public sealed record ConditionReading(bool IsMet, string? WaitingFor);

/// <summary>
/// A condition on indicators under which a strategy buys at market: two sides with <c>&lt;</c>, <c>&lt;=</c>, <c>&gt;</c> or
/// <c>&gt;=</c> between them, such as <c>sma:20 &gt; sma:50</c> or <c>rsi:14 &lt; 30 @15Min</c>.
/// </summary>
/// <remarks>
/// A side is a number, <c>close</c>, or an indicator with its values; of one with several outputs, the output follows a dot
/// (<c>macd.histogram &gt; 0</c>, <c>close &lt; bbands.bbl:20,2</c>). The bar length follows <c>@</c>, by default a minute. It is computed
/// from a fixed number of the last completed bars, so that the result does not depend on where the data begins. </remarks>
public sealed class IndicatorCondition
{
    /// <summary>The most bars that a side may look back.</summary>
    public const int MostBars = 1000;

    /// <summary>What every <see cref="ConditionReading.WaitingFor"/> begins with.</summary>
    public const string Waits = "its entry condition ";

    private const string ClosePrice = "close";
    private const string DefaultLength = "1Min";

    private static readonly TimeSpan FullSession = TimeSpan.FromHours(6.5);

    // Far beyond any price, and far finer than a tick.
    private const decimal Largest = 1_000_000_000_000;
    private const int Decimals = 8;

    private readonly Side _left;
    private readonly Side _right;
    private readonly string _comparison;
    private readonly string _lengthName;

    private IndicatorCondition(Side left, string comparison, Side right, string lengthName) =>
        (_left, _comparison, _right, _lengthName) = (left, comparison, right, lengthName);

    /// <summary>The length of its bars; longer ones are used where there are no shorter.</summary>
    public TimeSpan BarLength => Timeframe.Lengths[_lengthName];

    /// <summary>How many complete bars it needs: its warm-up.</summary>
    public int Bars => Math.Max(_left.Bars, _right.Bars);

    /// <summary>Whether a text is an indicator condition.</summary>
    public static bool IsOne(string? text) => text is not null && text.AsSpan().ContainsAny('<', '>');

    /// <summary>Reads the text form; null when it is invalid.</summary>
    public static IndicatorCondition? TryParse(string? text)
    {
        try
        {
            return IsOne(text) ? Parse(text!) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">It is invalid; the message says what to change.</exception>
    public static IndicatorCondition Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (comparing, length) = text.LastIndexOf('@') is >= 0 and var at ? (text[..at], text[(at + 1)..].Trim()) : (text, DefaultLength);
        var name = Timeframe.Lengths.Keys.FirstOrDefault(it => it.Equals(length, StringComparison.OrdinalIgnoreCase))
            ?? throw new FormatException($"'{length}' is not a bar length. Available: {string.Join(", ", Timeframe.Lengths.Keys)}.");
        var sign = comparing.AsSpan().IndexOfAny('<', '>');
        if (sign < 0)
        {
            throw new FormatException("A condition has <, <=, > or >= between two sides, for example sma:20 > sma:50.");
        }

        var width = comparing.AsSpan(sign).Length > 1 && comparing[sign + 1] == '=' ? 2 : 1;
        var (left, right) = (Side.Parse(comparing[..sign]), Side.Parse(comparing[(sign + width)..]));
        var condition = new IndicatorCondition(left, comparing.Substring(sign, width), right, name);
        return condition.Bars == 0
            ? throw new FormatException("A condition cannot compare two numbers: put close or an indicator on one side.")
            : condition;
    }

    /// <summary>How many sessions before today to read: twice the need, because a symbol may not trade in every bar.</summary>
    /// <param name="longest">The length of the bars that there are, where it is longer.</param>
    public int SessionsBack(TimeSpan longest)
    {
        var length = longest > BarLength ? longest : BarLength;
        // A bar of a day is one session.
        return (2 * (int)Math.Ceiling(Bars * (length < FullSession ? length : FullSession) / FullSession)) + 1;
    }

    /// <summary>Reads it.</summary>
    /// <param name="bars">The complete bars up to now of <see cref="BarLength"/>, in order; older bars than needed are ignored.</param>
    public ConditionReading Read(IReadOnlyList<Bar> bars)
    {
        ArgumentNullException.ThrowIfNull(bars);
        if (bars.Count < Bars)
        {
            return new(
                false,
                string.Create(CultureInfo.InvariantCulture, $"{Waits}{this}, which needs {Bars} complete bars of {_lengthName}: warming up")
            );
        }

        var isMet =
            (_left.Value(bars), _right.Value(bars)) is ({ } left, { } right)
            && _comparison switch
            {
                "<" => left < right,
                "<=" => left <= right,
                ">" => left > right,
                _ => left >= right,
            };
        return isMet ? new(true, null) : new(false, Waits + this);
    }

    /// <summary>The condition in prices after a split: a price is divided by the ratio where it is compared with prices.</summary>
    /// <param name="ratio">New shares per old share.</param>
    public IndicatorCondition After(decimal ratio) => new(_left.After(ratio, _right), _comparison, _right.After(ratio, _left), _lengthName);

    /// <summary>The text form.</summary>
    public override string ToString() => $"{_left} {_comparison} {_right}{(_lengthName == DefaultLength ? "" : " @" + _lengthName)}";

    /// <summary>One side: a number, the close, or an output of an indicator.</summary>
    private sealed record Side(string Text, decimal? Number, IndicatorCall? Call, int Output)
    {
        public int Bars => Call?.Bars ?? (Number is null ? 1 : 0);

        private bool IsPrice => Call is { } call ? call.Indicator.IsPrice : Number is null;

        public static Side Parse(string text)
        {
            text = text.Trim();
            const NumberStyles Signed = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
            if (decimal.TryParse(text, Signed, CultureInfo.InvariantCulture, out var number))
            {
                return new(text, number, null, 0);
            }

            if (text.Equals(ClosePrice, StringComparison.OrdinalIgnoreCase))
            {
                return new(ClosePrice, null, null, 0);
            }

            if (text.Length == 0)
            {
                throw new FormatException("A condition has a number, close or an indicator on each side, for example rsi:14 < 30.");
            }

            var colon = text.IndexOf(':', StringComparison.Ordinal);
            var (name, values) = colon < 0 ? (text, "") : (text[..colon], text[colon..]);
            var dot = name.IndexOf('.', StringComparison.Ordinal);
            var (indicator, output) = dot < 0 ? (name, null) : (name[..dot], name[(dot + 1)..].Trim());
            var call = IndicatorCall.Parse(indicator + values);
            if (call.Bars is not { } bars)
            {
                throw new FormatException($"{call.Indicator.Name} starts at the first available bar; a condition cannot use it.");
            }

            return bars > MostBars
                ? throw new FormatException(
                    FormattableString.Invariant(
                        $"{text} looks back {bars} bars; a condition can look back {MostBars} at most. Use longer bars."
                    )
                )
                : new(text.ToLowerInvariant(), null, call, OutputOf(call.Indicator, output));
        }

        // Indicators are computed in binary floating point, but comparisons are decimal: the average of a constant price is exactly that
        // price.
        public decimal? Value(IReadOnlyList<Bar> bars) =>
            Number is { } number ? number
            : Call is null ? bars[^1].Close
            : Call.Over([.. bars.Skip(bars.Count - Bars)])[Output].Values[^1] is { } value && Math.Abs(value) < (double)Largest
                ? decimal.Round((decimal)value, Decimals)
            : null;

        public Side After(decimal ratio, Side other) =>
            Number is { } number && other.IsPrice ? Of(TickSize.RoundDown(number / ratio)) : this;

        public override string ToString() => Text;

        private static Side Of(decimal number) => new(number.ToString("0.####", CultureInfo.InvariantCulture), number, null, 0);

        private static int OutputOf(Indicator indicator, string? output)
        {
            var names = indicator.Output;
            if (output is null && names.Count == 1)
            {
                return 0;
            }

            var index = names.ToList().FindIndex(it => it.Equals(output, StringComparison.OrdinalIgnoreCase));
            return index >= 0
                ? index
                : throw new FormatException(
                    names.Count == 1
                        ? $"{indicator.Name} has one output; write it without a dot."
                        : $"{indicator.Name} has {string.Join(", ", names)}: write for example "
                            + $"{indicator.Name}.{names[0].ToLowerInvariant()}."
                );
        }
    }
}
