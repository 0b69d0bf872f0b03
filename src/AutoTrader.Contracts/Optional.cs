using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace AutoTrader.Contracts;

/// <summary>
/// A member of a request that may be left out, which is not the same as null: absent leaves a field as it is or gives it its default,
/// null clears it. Null is refused where <typeparamref name="T"/> has none.
/// </summary>
/// <typeparam name="T">The type of the value.</typeparam>
/// <param name="value">The value.</param>
[JsonConverter(typeof(OptionalConverter))]
public readonly struct Optional<T>(T value) : IOptional, IEquatable<Optional<T>>
{
    private readonly T _value = value;

    /// <summary>Whether it is given, with a value or null.</summary>
    public bool IsGiven { get; } = true;

    /// <summary>The value; the default of its type when it is absent.</summary>
    public T? Value => _value;

    /// <summary>The value, or what counts when it is absent.</summary>
    public T Or(T otherwise) => IsGiven ? _value : otherwise;

    /// <inheritdoc/>
    public bool Equals(Optional<T> other) => IsGiven == other.IsGiven && EqualityComparer<T>.Default.Equals(_value, other._value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Optional<T> other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(IsGiven, _value);

    /// <inheritdoc/>
    public override string ToString() => IsGiven ? $"{_value}" : "absent";

    /// <summary>Whether both are absent, or have the same value.</summary>
    public static bool operator ==(Optional<T> left, Optional<T> right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(Optional<T> left, Optional<T> right) => !left.Equals(right);

    /// <summary>A value that is given; null is given too.</summary>
    public static implicit operator Optional<T>(T value) => new(value);
}

/// <summary>What JSON needs of an <see cref="Optional{T}"/> of any type.</summary>
internal interface IOptional
{
    bool IsGiven { get; }
}

/// <summary>Makes optional members of values that callers may not have.</summary>
public static class Optional
{
    /// <summary>The value; absent for null.</summary>
    public static Optional<T> Of<T>(T? value)
        where T : struct => value is { } given ? new(given) : default;

    /// <summary>The value; absent for null.</summary>
    public static Optional<T> Of<T>(T? value)
        where T : class => value is { } given ? new(given) : default;

    /// <summary>The value of a member that can be cleared; absent for null, which would clear it.</summary>
    public static Optional<T> OfClearable<T>(T value) => value is null ? default : new(value);
}

/// <summary>Reads and writes <see cref="Optional{T}"/> as its value; absent ones are not written.</summary>
internal sealed class OptionalConverter : JsonConverterFactory
{
    /// <summary>Leaves absent members out of what is written.</summary>
    public static void OmitAbsent(JsonTypeInfo type)
    {
        foreach (var property in type.Properties.Where(property => typeof(IOptional).IsAssignableFrom(property.PropertyType)))
        {
            property.ShouldSerialize = (_, value) => value is IOptional { IsGiven: true };
        }
    }

    /// <inheritdoc/>
    public override bool CanConvert(Type typeToConvert) => typeof(IOptional).IsAssignableFrom(typeToConvert);

    /// <inheritdoc/>
    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Converter<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    private sealed class Converter<T> : JsonConverter<Optional<T>>
    {
        public override bool HandleNull => true;

        public override Optional<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new((T)JsonSerializer.Deserialize(ref reader, options.GetTypeInfo(typeof(T)))!);

        public override void Write(Utf8JsonWriter writer, Optional<T> value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value.Value, options.GetTypeInfo(typeof(T)));
    }
}
