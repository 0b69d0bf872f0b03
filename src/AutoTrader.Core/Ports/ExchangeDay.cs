using AutoTrader.Core.Market;

namespace AutoTrader.Core.Ports;

/// <summary>A day on which the broker's calendar is not ours.</summary>
/// <param name="Day">The New York date.</param>
/// <param name="Session">The session that the broker has; null when it has none.</param>
public sealed record ExchangeDay(DateOnly Day, Session? Session = null);
