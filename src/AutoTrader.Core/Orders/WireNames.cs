using System.Text;

namespace AutoTrader.Core.Orders;

/// <summary>The words that people and files use: enums in snake_case, orders in one line.</summary>
public static class WireNames
{
    /// <summary>The snake_case name of an enum value.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => Cache<T>.Names.TryGetValue(value, out var name) ? name : value.ToString();

    /// <summary>The enum value with the snake_case <paramref name="name"/>; null when there is none.</summary>
    public static T? Parse<T>(string? name)
        where T : struct, Enum => name is not null && Cache<T>.Values.TryGetValue(name, out var value) ? value : null;

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

    private static class Cache<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<T, string> Names = Enum.GetValues<T>()
            .ToDictionary(value => value, value => Snake(value.ToString()));
        public static readonly Dictionary<string, T> Values = Names.ToDictionary(
            pair => pair.Value,
            pair => pair.Key,
            StringComparer.Ordinal
        );

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
