namespace AutoTrader.Core.Market;

/// <summary>One regular trading session of the exchange.</summary>
/// <param name="Day">The New York date.</param>
/// <param name="Open">When trading begins (UTC); belongs to the session.</param>
/// <param name="Close">When trading ends (UTC); no longer belongs to the session.</param>
/// <param name="EarlyClose">Whether it ends before 16:00 New York time.</param>
public sealed record Session(DateOnly Day, DateTimeOffset Open, DateTimeOffset Close, bool EarlyClose);
