namespace AutoTrader.Core.Market;

/// <summary>The limits of a valid quote (docs/trading-rules.md, "Valid quotes").</summary>
public sealed record QuoteRules
{
    /// <summary>The largest spread, in percent of the mid.</summary>
    public decimal MaxSpreadPct { get; init; } = 1;

    /// <summary>The oldest a quote may be; longer for thin feeds.</summary>
    public TimeSpan MaxQuoteAge { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How far the mid may be from the last trade, in percent of it.</summary>
    public decimal MaxDistanceFromTradePct { get; init; } = 3;

    /// <summary>How long after the session's open quotes are not believed.</summary>
    public TimeSpan SettleAfterOpen { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a symbol may be without a valid quote in an open market before a halt is suspected.</summary>
    public TimeSpan SuspectHaltAfter { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>The limits for a symbol whose quotes come further apart than a minute, as those of longer bars do: a quote counts until the
    /// next one is due, and a halt is suspected after three that did not come.</summary>
    public QuoteRules For(SymbolFeed? feed) =>
        feed is not { Interval: var interval } || interval <= TimeSpan.FromMinutes(1)
            ? this
            : this with
            {
                MaxQuoteAge = interval > MaxQuoteAge ? interval : MaxQuoteAge,
                SuspectHaltAfter = 3 * interval > SuspectHaltAfter ? 3 * interval : SuspectHaltAfter,
            };

    /// <summary>Why <paramref name="quote"/> cannot be used at <paramref name="now"/>; null when it is valid.</summary>
    /// <param name="quote">The quote.</param>
    /// <param name="now">Business time (UTC).</param>
    /// <param name="session">The session that is open at <paramref name="now"/>.</param>
    public string? Problem(Quote quote, DateTimeOffset now, Session session) =>
        quote switch
        {
            { Bid: <= 0 } => "no bid",
            _ when quote.Ask < quote.Bid => "crossed",
            _ when (quote.Ask - quote.Bid) * 100 > MaxSpreadPct * quote.Mid => "spread too wide",
            _ when quote.At < session.Open + SettleAfterOpen || quote.At > session.Close => "not from this session",
            _ when quote.At > now + SettleAfterOpen => "from the future",
            _ when now - quote.At > MaxQuoteAge => "too old",
            { LastTrade: { } last } when Math.Abs(quote.Mid - last) * 100 > MaxDistanceFromTradePct * last => "far from the last trade",
            _ => null,
        };
}

/// <summary>The state of a symbol's quotes between cycles.</summary>
/// <param name="Mid">The mid of the last valid quote in dollars.</param>
/// <param name="At">Its stamp (UTC).</param>
/// <param name="PriorMid">The mid of the valid quote before it; null when that one was not valid, so that nothing is confirmed.</param>
/// <param name="Fresh">Valid quotes in a row in this session; 0 after a cycle without one.</param>
/// <param name="Halted">Whether a halt is suspected: no entries until two fresh quotes.</param>
public sealed record QuoteState(decimal Mid, DateTimeOffset At, decimal? PriorMid, int Fresh, bool Halted)
{
    /// <summary>The open (UTC) of the session that <see cref="PriorMid"/>, <see cref="Fresh"/> and <see cref="Halted"/> are about; null in
    /// rows of earlier versions, whose <see cref="At"/> says so. <see cref="Mid"/> and <see cref="At"/> may be of a session
    /// before.</summary>
    public DateTimeOffset? Session { get; init; }

    /// <summary>The part that is valid in <paramref name="session"/>: from an earlier session, only the price.</summary>
    public QuoteState In(Session session) =>
        (Session ?? At) >= session.Open ? this : new(Mid, At, null, 0, Halted: false) { Session = session.Open };
}

/// <summary>
/// The price of a symbol as a cycle may use it. A raised watermark or reference, and every trigger that the engine decides, must hold
/// for two valid quotes in a row, so that one bad print buys or sells nothing.
/// </summary>
/// <param name="Mid">The mid of the latest valid quote, in dollars.</param>
/// <param name="Ask">Its offer, in dollars.</param>
/// <param name="Prior">The mid of the valid quote before it; null when there was none in a row.</param>
public readonly record struct Price(decimal Mid, decimal Ask, decimal? Prior)
{
    /// <summary>The price that both quotes reached or exceeded; null when unconfirmed.</summary>
    public decimal? ConfirmedHigh => Prior is { } prior ? Math.Min(prior, Mid) : null;

    /// <summary>The price that both quotes fell to or below; null when unconfirmed.</summary>
    public decimal? ConfirmedLow => Prior is { } prior ? Math.Max(prior, Mid) : null;
}
