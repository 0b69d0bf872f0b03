using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Application;

/// <summary>What kind of no a service says.</summary>
public enum Refusal
{
    /// <summary>The request is invalid.</summary>
    Invalid,

    /// <summary>The body is not of a type that is understood.</summary>
    UnsupportedMediaType,

    /// <summary>The request is larger than any good one.</summary>
    TooLarge,

    /// <summary>The target does not exist.</summary>
    NotFound,

    /// <summary>The target's state does not allow it now.</summary>
    Conflict,

    /// <summary>It was made for another version.</summary>
    Stale,

    /// <summary>It is understood, and a rule forbids it.</summary>
    Unprocessable,

    /// <summary>Too many at once; it may be tried again.</summary>
    TooMany,

    /// <summary>Something it needs cannot be reached; it may be tried again.</summary>
    Unavailable,
}

/// <summary>The no of a service: nothing was changed.</summary>
/// <param name="kind">Which kind of no.</param>
/// <param name="code">For programs, in upper snake case.</param>
/// <param name="message">The problem and its fix, for people.</param>
public sealed class RefusedException(Refusal kind, string code, string message) : Exception(message)
{
    /// <summary>Which kind of no.</summary>
    public Refusal Kind { get; } = kind;

    /// <summary>For programs, in upper snake case.</summary>
    public string Code { get; } = code;

    /// <summary>The rule behind <see cref="Code"/> where that names a group of rules, for example <c>MAX_ORDER_VALUE</c> behind
    /// <c>ORDER_BLOCKED</c>.</summary>
    public string? Rule { get; init; }

    /// <summary>The problems by field.</summary>
    public IReadOnlyList<FieldProblem> Fields { get; init; } = [];
}
