using System.Runtime.CompilerServices;
using System.Text;

namespace AutoTrader.Core.Orders;

/// <summary>The words that people and files use: enums in snake_case, orders in one line.</summary>
public static class WireNames
{
    /// <summary>The snake_case name of an enum value.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => Cache<T>.Words.Names.TryGetValue(Number(value), out var name) ? name : value.ToString();

    /// <summary>The enum value with the snake_case <paramref name="name"/>; null when there is none.</summary>
    public static T? Parse<T>(string? name)
        where T : struct, Enum =>
        name is not null && Cache<T>.Words.Values.TryGetValue(name, out var number) ? Unsafe.As<int, T>(ref number) : null;

    /// <summary>The snake_case names of all values, in their order.</summary>
    public static IReadOnlyCollection<string> All<T>()
        where T : struct, Enum => Cache<T>.Words.Values.Keys;

    /// <summary>An order in a few words: <c>sell 10 AAPL limit 105 / stop 95 gtc</c>.</summary>
    public static string Of(OrderTerms terms)
    {
        var price = terms switch
        {
            { Class: OrderClass.Oco } => $"limit {terms.LimitPrice:0.00##} or stop {terms.StopPrice:0.00##}",
            { Type: OrderType.Limit } => $"limit {terms.LimitPrice:0.00##}",
            { Type: OrderType.Stop } => $"stop {terms.StopPrice:0.00##}",
            { Type: OrderType.StopLimit } => $"stop {terms.StopPrice:0.00##} limit {terms.LimitPrice:0.00##}",
            { Type: OrderType.TrailingStop } => $"trailing stop {terms.TrailPercent:0.####} %",
            _ => "market",
        };
        return $"{Of(terms.Side)} {terms.Quantity:0.####} {terms.Symbol} {price}";
    }

    private static int Number<T>(T value)
        where T : struct, Enum => Unsafe.As<T, int>(ref value);

    private static class Cache<T>
        where T : struct, Enum
    {
        public static readonly EnumWords Words = new(typeof(T));
    }

    /// <summary>The names of one enum by their numbers, and the other way round. A dictionary of the enum's own type would have to be
    /// compiled for each when a program starts: a command line has no time for that.</summary>
    private sealed class EnumWords
    {
        public EnumWords(Type type)
        {
            if (Enum.GetUnderlyingType(type) != typeof(int))
            {
                throw new NotSupportedException($"{type} is not an enum of int.");
            }

            foreach (var name in Enum.GetNames(type))
            {
                var number = (int)Enum.Parse(type, name);
                Names[number] = Snake(name);
                Values[Snake(name)] = number;
            }
        }

        public Dictionary<int, string> Names { get; } = [];

        public Dictionary<string, int> Values { get; } = new(StringComparer.Ordinal);

        private static string Snake(string name)
        {
            var builder = new StringBuilder(name.Length + 4);
            foreach (var letter in name)
            {
                if (char.IsUpper(letter) && builder.Length > 0)
                {
                    builder.Append('_');
                }

                builder.Append(char.ToLowerInvariant(letter));
            }

            return builder.ToString();
        }
    }
}
