using System.Collections.Frozen;

namespace AutoTrader.Core.Ports;

/// <summary>How much an attention item needs a person.</summary>
public enum AttentionSeverity
{
    /// <summary>Worth knowing; nothing is to be done, or it passes by itself.</summary>
    Note,

    /// <summary>Something waits or is not done; money is not at risk.</summary>
    Warning,

    /// <summary>It costs money, or may, until someone acts.</summary>
    High,
}

/// <summary>A kind of attention item.</summary>
/// <param name="Code">Its code, in upper snake case.</param>
/// <param name="Severity">How much it needs a person.</param>
/// <param name="Todo">What to do about it, in a sentence.</param>
public sealed record AttentionKind(string Code, AttentionSeverity Severity, string Todo);

/// <summary>
/// Every kind of attention item that is raised. The API, the log (and so the portal's queries) and docs/operations.md take severity and
/// advice from here.
/// </summary>
public static class AttentionKinds
{
    private const AttentionSeverity Note = AttentionSeverity.Note;
    private const AttentionSeverity Warning = AttentionSeverity.Warning;
    private const AttentionSeverity High = AttentionSeverity.High;

    private static readonly FrozenDictionary<string, AttentionKind> ByCode = new AttentionKind[]
    {
        new("ABANDONED_APPEARED", Note, "Nothing: it is canceled, and filled shares are kept and protected."),
        new("CALENDAR_MISMATCH", Note, "Compare both calendars; sessions that only the broker has are not traded."),
        new("CANCEL_STUCK", High, "Check the order on the broker's website; until then sell nothing by hand."),
        new("CASH_IN_LIEU", Note, "Nothing; the cash activity follows."),
        new("CASH_MISMATCH", High, "Find the reason on the broker's website; if no entry there explains it, POST /portfolio/cash/accept."),
        new("CLOCK_SKEW", Warning, "Set the machine's clock."),
        new("CLOSE_WAITS", Note, "Nothing: it is protected until the next open, then sold."),
        new(Attention.CycleStopped, High, "Follow the message; if the account number changed, check the broker's keys."),
        new("DAILY_LOSS_LIMIT", High, "Nothing is bought until the next session; find out why."),
        new("EXCHANGE_CLOSED", Warning, "Wait; protection stays."),
        new("EXIT_REFUSED", High, "Read the reject reason."),
        new("EXTERNAL_CHANGE", High, "Find out who did it, then resume."),
        new("FOREIGN_ORDER", High, "Do not use AutoTrader's order ids elsewhere."),
        new("GRID_OUT_OF_BAND", Note, "Wait, move the grid, or close the strategy."),
        new("HALT_SUSPECTED", Warning, "Wait, or buy with a limit price; for thin feeds raise MaxQuoteAge."),
        new("INVALID_SCHEDULE", Warning, "Change or delete it."),
        new("LATE_EXECUTION", Note, "Nothing."),
        new("LOSS_UNKNOWN", High, "Provide a price: check feed, file and subscription."),
        new("MARKET_DATA", Warning, "Check the provider's status and your keys."),
        new("NEGATIVE_POSITION", High, "Find out who sold."),
        new(Attention.NoMarketData, Warning, "Fix the file as the message says (\"Market data files\"); it is read again at once."),
        new("NO_ANSWER", Warning, "Nothing, unless it lasts: then check the broker's status, the network and the rate limit."),
        new("NOTIFICATION_FAILED", Warning, "POST /notifications/test to check the channel, then delete the item."),
        new("QUANTITY_MISMATCH", High, "Compare the broker's activities: a trade by hand, a transfer, a corporate action."),
        new("ROWS_LEFT_OUT", Note, "Fix or delete the lines in the message."),
        new("STRATEGY_ERROR", High, "Read the message; close the strategy or change it."),
        new("STRATEGY_FAILED", High, "Read its notes; rearm it with enable, or delete it."),
        new(
            "SYMBOL_HELD",
            High,
            "Known split: wait. Otherwise declare the split, or fix the declaration or the prices, then POST "
                + "/engine/holds/{symbol}/release."
        ),
        new("SYMBOL_NOT_TRADABLE", Warning, "Move or delete its strategies; the engine asks the broker again each day."),
        new("TIMER_SILENT", High, "Restart the app; look for a function in error."),
        new("TRADING_BLOCKED", High, "Check the broker's website, or ask its support."),
        new("UNKNOWN_STATUS", Warning, "Check the order at the broker and report it."),
        new("UNPROTECTED", High, "Read the reject reason; less than one share cannot be covered."),
        new("UNREADABLE", High, "Fix the row, or delete it with DELETE /attention/{key}; its content is lost."),
    }.ToFrozenDictionary(kind => kind.Code, StringComparer.Ordinal);

    /// <summary>All of them, by code.</summary>
    public static IReadOnlyList<AttentionKind> All { get; } = [.. ByCode.Values.OrderBy(kind => kind.Code, StringComparer.Ordinal)];

    /// <summary>The kind of an item. An unknown kind, stored by another version of the app, is a warning.</summary>
    public static AttentionKind Of(string code) => ByCode.GetValueOrDefault(code) ?? new(code, Warning, "Follow the message.");
}
