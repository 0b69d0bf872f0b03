namespace AutoTrader.Core.Notifications;

/// <summary>The names of notification events, as filters and webhooks use them. Other names are allowed.</summary>
public static class NotificationEvent
{
    /// <summary>Shares were bought.</summary>
    public const string TradeOpened = "trade_opened";

    /// <summary>Shares were sold.</summary>
    public const string TradeClosed = "trade_closed";

    /// <summary>A strategy may enter now: created enabled, enabled, rearmed or resumed.</summary>
    public const string StrategyStarted = "strategy_started";

    /// <summary>A strategy may no longer enter: completed, paused, disabled, closing, deleted.</summary>
    public const string StrategyStopped = "strategy_stopped";

    /// <summary>A strategy failed.</summary>
    public const string StrategyFailed = "strategy_failed";

    /// <summary>A schedule fired.</summary>
    public const string ScheduleFired = "schedule_fired";

    /// <summary>An occurrence of a schedule was skipped.</summary>
    public const string ScheduleMissed = "schedule_missed";

    /// <summary>What a schedule is for was refused or failed.</summary>
    public const string ScheduleFailed = "schedule_failed";

    /// <summary>Something needs the user's eye.</summary>
    public const string AttentionRaised = "attention_raised";

    /// <summary>Something no longer needs attention.</summary>
    public const string AttentionCleared = "attention_cleared";

    /// <summary>Something went wrong.</summary>
    public const string Error = "error";

    /// <summary>The result of a session.</summary>
    public const string DailySummary = "daily_summary";

    /// <summary>A message that somebody sends by hand, and the test.</summary>
    public const string Manual = "manual";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        TradeOpened,
        TradeClosed,
        StrategyStarted,
        StrategyStopped,
        StrategyFailed,
        ScheduleFired,
        ScheduleMissed,
        ScheduleFailed,
        AttentionRaised,
        AttentionCleared,
        Error,
        DailySummary,
        Manual,
    ];
}

/// <summary>The mark before a notification's title, seen before anything is read.</summary>
public enum NotificationMark
{
    /// <summary>Nothing special.</summary>
    Info,

    /// <summary>Bought, or well.</summary>
    Green,

    /// <summary>Sold.</summary>
    Red,

    /// <summary>Look at it.</summary>
    Warning,
}

/// <summary>A labelled value of a notification.</summary>
/// <param name="Label">The label.</param>
/// <param name="Value">The value, as people read it.</param>
public sealed record NotificationFact(string Label, string Value);

/// <summary>A message to people on their channels. It has no markup: each channel formats it.</summary>
public sealed record Notification
{
    /// <summary>The most characters of <see cref="Text"/>; longer text is cut on publishing.</summary>
    public const int MaxText = 4000;

    /// <summary>The most characters of titles, subjects, labels and values.</summary>
    public const int MaxWords = 500;

    /// <summary>Unique, and the same when a crash repeats the notification: together with <see cref="At"/> it is sent once.</summary>
    public required string Id { get; init; }

    /// <summary>What kind; see <see cref="NotificationEvent"/>.</summary>
    public required string Event { get; init; }

    /// <summary>When it happened (UTC, business time); the same when a crash repeats it.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The mark before the title.</summary>
    public NotificationMark Mark { get; init; }

    /// <summary>A word or two: <c>Opened</c>.</summary>
    public required string Title { get; init; }

    /// <summary>The subject, for example <c>ACME</c>; null for none.</summary>
    public string? Subject { get; init; }

    /// <summary>A sentence or more; null when the facts say it all.</summary>
    public string? Text { get; init; }

    /// <summary>The labelled values, in order. The time is added by the channel.</summary>
    public ValueList<NotificationFact> Facts { get; init; }

    /// <summary>The only channel to notify, whatever it mutes; null for every channel that does not mute the event.</summary>
    public string? Channel { get; init; }

    /// <summary>The notification as stored and sent: every field within its limit and without control characters.</summary>
    public Notification Tidy() =>
        this with
        {
            Title = Clean(Title, MaxWords),
            Subject = Subject is null ? null : Clean(Subject, MaxWords),
            Text = Text is null ? null : Clean(Text, MaxText),
            Facts = Facts.Select(fact => new NotificationFact(Clean(fact.Label, MaxWords), Clean(fact.Value, MaxWords))).ToValueList(),
        };

    private static string Clean(string text, int limit)
    {
        var cut = text.Length <= limit ? text : text[..(char.IsHighSurrogate(text[limit - 1]) ? limit - 1 : limit)];
        return string.Create(cut.Length, cut, static (span, from) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(from[i]) && from[i] != '\n' ? ' ' : from[i];
            }
        });
    }
}
