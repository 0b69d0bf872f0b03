namespace AutoTrader.Core.Orders;

/// <summary>A problem with one field of an order, a strategy or a schedule.</summary>
/// <param name="Field">The field as files and the API name it: <c>entry_price</c>, <c>grid_config.low</c>,
/// <c>scale_targets[0].pct</c>.</param>
/// <param name="Code">One of the codes of this record.</param>
/// <param name="Message">A sentence that says what is allowed.</param>
public sealed record FieldProblem(string Field, string Code, string Message)
{
    /// <summary>The field is needed and missing.</summary>
    public const string Required = "required";

    /// <summary>The number is outside its bounds.</summary>
    public const string OutOfRange = "out_of_range";

    /// <summary>The text has not the form it needs.</summary>
    public const string Malformed = "malformed";

    /// <summary>The field contradicts another one.</summary>
    public const string Contradiction = "contradiction";

    /// <summary>The text or list is too long.</summary>
    public const string TooLong = "too_long";

    /// <summary>The record does not use the field.</summary>
    public const string Unused = "unused_field";
}
