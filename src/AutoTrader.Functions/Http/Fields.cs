using AutoTrader.Core.Orders;

namespace AutoTrader.Functions.Http;

/// <summary>Values that were read and found to be what their <see cref="Field"/>s say.</summary>
internal sealed class Fields
{
    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    /// <summary>Whether the field was given, null included.</summary>
    public bool Has(string name) => _values.ContainsKey(name);

    /// <summary>Whether the field was given with a value.</summary>
    public bool IsGiven(string name) => _values.GetValueOrDefault(name) is not null;

    public string? Text(string name) => (string?)_values.GetValueOrDefault(name);

    public int? Whole(string name) => _values.GetValueOrDefault(name) is decimal number ? (int)number : null;

    public decimal? Number(string name) => (decimal?)_values.GetValueOrDefault(name);

    public bool? Flag(string name) => (bool?)_values.GetValueOrDefault(name);

    public T? Choice<T>(string name)
        where T : struct, Enum => WireNames.Parse<T>(Text(name));

    public Fields? Part(string name) => (Fields?)_values.GetValueOrDefault(name);

    public IReadOnlyList<Fields>? Items(string name) => (IReadOnlyList<Fields>?)_values.GetValueOrDefault(name);

    /// <summary>These and <paramref name="others"/>.</summary>
    internal Fields With(Fields others)
    {
        var all = new Fields();
        foreach (var (name, value) in _values.Concat(others._values))
        {
            all.Set(name, value);
        }

        return all;
    }

    internal void Set(string name, object? value) => _values[name] = value;
}
