namespace AutoTrader.Contracts;

/// <summary>A page of a list.</summary>
/// <typeparam name="T">The type of the items.</typeparam>
/// <param name="Items">The items of this page.</param>
/// <param name="Count">How many there are on this page.</param>
/// <param name="NextCursor">Where the next page begins; null on the last.</param>
public sealed record ListView<T>(IReadOnlyList<T> Items, int Count, string? NextCursor);

/// <summary>Problem details (RFC 9457): why a request was refused.</summary>
/// <param name="Title">The status in words.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">The problem and its fix.</param>
/// <param name="Code">For programs; see <see cref="ErrorCodes"/>.</param>
public sealed record ProblemView(string Title, int Status, string Detail, string Code)
{
    /// <summary>The kind of problem as a URI; <c>about:blank</c>.</summary>
    public string Type { get; init; } = "about:blank";

    /// <summary>The rule behind a code that names a group of rules, for example <c>MAX_ORDER_VALUE</c> behind
    /// <c>ORDER_BLOCKED</c>.</summary>
    public string? Rule { get; init; }

    /// <summary>The problems by field.</summary>
    public IReadOnlyList<FieldProblemView> Errors { get; init; } = [];
}

/// <summary>A problem with a field.</summary>
/// <param name="Field">Its name; <c>a.b</c> for a part.</param>
/// <param name="Code">For programs.</param>
/// <param name="Message">The problem and its fix.</param>
public sealed record FieldProblemView(string Field, string Code, string Message);

/// <summary>The codes of problems that callers act on; <see cref="ProblemView.Detail"/> explains every one in words.</summary>
public static class ErrorCodes
{
    /// <summary>A field or parameter is wrong.</summary>
    public const string ValidationError = "VALIDATION_ERROR";

    /// <summary>A limit, the kill switch or the broker forbids an order; <see cref="ProblemView.Rule"/> says which.</summary>
    public const string OrderBlocked = "ORDER_BLOCKED";

    /// <summary>The broker does not know or does not trade the symbol.</summary>
    public const string SymbolNotTradable = "SYMBOL_NOT_TRADABLE";

    /// <summary>An idempotency key was used for another request.</summary>
    public const string IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED";

    /// <summary>The version given with If-Match is not the present one.</summary>
    public const string PreconditionFailed = "PRECONDITION_FAILED";

    /// <summary>Another host runs a cycle right now.</summary>
    public const string EngineLockError = "ENGINE_LOCK_ERROR";

    /// <summary>Too many requests wait for the engine.</summary>
    public const string RateLimitExceeded = "RATE_LIMIT_EXCEEDED";

    /// <summary>Storage cannot be reached.</summary>
    public const string StorageUnavailable = "STORAGE_UNAVAILABLE";

    /// <summary>The broker or the market data cannot be reached.</summary>
    public const string BrokerFetchFailed = "BROKER_FETCH_FAILED";

    /// <summary>A fault of the app.</summary>
    public const string Unexpected = "UNEXPECTED";

    /// <summary>No strategy has the id.</summary>
    public const string StrategyNotFound = "STRATEGY_NOT_FOUND";

    /// <summary>A strategy with the id exists.</summary>
    public const string StrategyExists = "STRATEGY_EXISTS";

    /// <summary>No schedule has the id.</summary>
    public const string ScheduleNotFound = "SCHEDULE_NOT_FOUND";

    /// <summary>A schedule with the id exists.</summary>
    public const string ScheduleExists = "SCHEDULE_EXISTS";

    /// <summary>No order has the id.</summary>
    public const string OrderNotFound = "ORDER_NOT_FOUND";

    /// <summary>There is no quote of the symbol now.</summary>
    public const string QuoteNotFound = "QUOTE_NOT_FOUND";
}
