using System.Globalization;
using AutoTrader.Core.Market;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Brokers.Alpaca;

/// <summary>What Alpaca says of the exchange and of symbols. A day of the calendar that cannot be read spoils the whole list: left out, it
/// would pass for closed.</summary>
internal sealed class AlpacaReference(AlpacaClient client)
{
    private const string Active = "active";
    private const string Equity = "us_equity";

    public async Task<IReadOnlyList<Session>?> SessionsAsync(DateOnly from, DateOnly to, CancellationToken cancellationToken) =>
        [
            .. (
                await client.GetAsync<List<WireDay?>>(
                    FormattableString.Invariant($"v2/calendar?start={from:yyyy-MM-dd}&end={to:yyyy-MM-dd}"),
                    cancellationToken
                )
            ).Select(Session),
        ];

    public async Task<BrokerClock?> ClockAsync(CancellationToken cancellationToken)
    {
        var clock = await client.GetAsync<WireClock>("v2/clock", cancellationToken);
        return new(clock.Timestamp.ToUniversalTime(), clock.IsOpen);
    }

    public async Task<string?> WhyNotTradableAsync(string symbol, CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetAsync<WireAsset>("v2/assets/" + Uri.EscapeDataString(symbol), cancellationToken) switch
            {
                { Status: null } => throw new AlpacaNoAnswerException($"Alpaca's answer about {symbol} has no status."),
                { Class: not (null or Equity) } asset => $"it is no US equity at Alpaca but {asset.Class}",
                { Status: not Active } asset => $"it is {asset.Status} at Alpaca",
                { Tradable: false } => "Alpaca does not trade it",
                _ => null,
            };
        }
        catch (BrokerRefusedException refusal) when (refusal.Kind == RefusalKind.NotFound)
        {
            return "Alpaca does not know it";
        }
    }

    private static Session Session(WireDay? day) =>
        DateOnly.TryParseExact(day?.Date, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
        && Time(day.Open) is { } open
        && Time(day.Close) is { } close
        && TradingCalendar.Nyse.SessionOf(date, open, close) is var session
        && session.Open < session.Close
        && session.Open.UtcDateTime.Date == session.Close.UtcDateTime.Date
            ? session
            : throw new AlpacaNoAnswerException(
                $"Alpaca's calendar has a day that cannot be read: '{day?.Date}' from '{day?.Open}' to '{day?.Close}'."
            );

    private static TimeOnly? Time(string text) =>
        TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;
}
