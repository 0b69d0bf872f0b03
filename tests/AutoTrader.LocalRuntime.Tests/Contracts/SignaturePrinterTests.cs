namespace AutoTrader.LocalRuntime.Tests.Contracts;

/// <summary>A printer that overlooked a difference would let a wrong contract pass.</summary>
public sealed class SignaturePrinterTests
{
    [Fact]
    public void A_class_is_printed_with_modifiers_defaults_nullability_and_constraints()
    {
        var printed = SignaturePrinter.Print(typeof(Sample<>));
        printed.Header.ShouldBe("public abstract class SignaturePrinterTests.Sample<T> : SignaturePrinterTests.Base");
        printed.Interfaces.ShouldBe(["IDisposable"]);
        printed.Members.Select(member => member.Text).ShouldBe(
        [
            "protected Sample(string? name = null);",
            "public const int Size = 100;",
            "public T? Value { get; }",
            "public IReadOnlyDictionary<string, object?> Map { get; set; }",
            "public Func<string?, CancellationToken, Task<List<T>>>? Function { get; init; }",
            "[Obsolete] public string Old { get; }",
            "public abstract Task RunAsync(DateTimeOffset? from = default, CancellationToken cancellation = default);",
            "public virtual T? Read<T>(T? other, double factor = 1, params string[] names);",
            "public override string ToString();",
            "public bool Try(out object? found);",
            "public static void Use<TItem>(TItem item) where TItem : class, IDisposable;",
            "public void Dispose();",
        ]);
    }

    [Fact]
    public void A_record_is_printed_without_what_the_compiler_adds()
    {
        var printed = SignaturePrinter.Print(typeof(Entry));
        printed.Header.ShouldBe("public record SignaturePrinterTests.Entry");
        printed.Interfaces.ShouldBeEmpty();
        printed.Members.Select(member => member.Text).ShouldBe(["public Entry(string Name, int? Count = default);", "public string Name { get; init; }", "public int? Count { get; init; }"]);
    }

    [Fact]
    public void Attributes_enums_and_delegates_are_one_line()
    {
        SignaturePrinter.Print(typeof(MarkAttribute)).Header.ShouldBe("[AttributeUsage(Class, Method, AllowMultiple = True)] public sealed class SignaturePrinterTests.MarkAttribute : Attribute");
        SignaturePrinter.Print(typeof(Kind)).Header.ShouldBe("public enum Kind { One = 1, Two = 2 }");
        SignaturePrinter.Print(typeof(Handler)).Header.ShouldBe("public delegate Task<string?> SignaturePrinterTests.Handler(Entry? entry);".Replace("Entry?", "SignaturePrinterTests.Entry?", StringComparison.Ordinal));
    }

#pragma warning disable CA1000, CA1063, CS0618, CS0693 // Shapes to print, not code to call.
    public abstract class Base;

    public abstract class Sample<T> : Base, IDisposable
    {
        public const int Size = 100;

        protected Sample(string? name = null) => Old = name ?? "";

        public T? Value { get; }

        public IReadOnlyDictionary<string, object?> Map { get; set; } = new Dictionary<string, object?>();

        public Func<string?, CancellationToken, Task<List<T>>>? Function { get; init; }

        [Obsolete("old")]
        public string Old { get; }

        public abstract Task RunAsync(DateTimeOffset? from = default, CancellationToken cancellation = default);

        public virtual T? Read<T>(T? other, double factor = 1, params string[] names) => other;

        public override string ToString() => "";

        public bool Try(out object? found)
        {
            found = Value;
            return found is not null;
        }

        public static void Use<TItem>(TItem item)
            where TItem : class, IDisposable => item.Dispose();

        public void Dispose() => GC.SuppressFinalize(this);
    }

    public record Entry(string Name, int? Count = default);

    [AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, AllowMultiple = true)]
    public sealed class MarkAttribute : Attribute;

    public enum Kind
    {
        One = 1,
        Two = 2,
    }

    public delegate Task<string?> Handler(Entry? entry);
#pragma warning restore
}
