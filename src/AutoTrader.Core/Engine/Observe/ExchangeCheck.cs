using System.Globalization;
using AutoTrader.Core.Market;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Engine.Observe;

/// <summary>
/// Asks the broker about the exchange: its calendar once a New York day, and while its clock contradicts it; its clock in every cycle of a
/// session. What it does not answer is never taken for closed: what is remembered of the calendar stands in, and the session counts as
/// open.
/// </summary>
internal sealed class ExchangeCheck(CycleContext context)
{
    private const string Mismatch = "CALENDAR_MISMATCH";
    private const string Closed = "EXCHANGE_CLOSED";
    private const string Skewed = "CLOCK_SKEW";

    // What was lately closed decides why orders of that day ended.
    private const int DaysBack = 7;
    private const int DaysAhead = 14;

    private static readonly TimeSpan MostSkew = TimeSpan.FromSeconds(10);

    /// <summary>Asks about calendar and clock; called before anything is decided.</summary>
    public async Task<(ExchangeState Exchange, MarketHours Hours)> LookAsync()
    {
        var exchange = await ReadCalendarAsync();
        foreach (var day in exchange.Days.Where(day => day.Day >= context.Day))
        {
            context.Journal.Raise(Mismatch, day.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), ExchangeDays.Describe(day));
        }

        var hours = MarketHours.Of(exchange, context);
        return await IsHaltedAsync(hours.Session)
            // It may have been announced since: the next cycle asks for the calendar again.
            ? (exchange with { CalendarOn = null }, hours with { IsHalted = true })
            : (exchange, hours);
    }

    private async Task<ExchangeState> ReadCalendarAsync()
    {
        var known = context.Before.Exchange;
        if (known.CalendarOn == context.Day)
        {
            return known;
        }

        var last = context.Day.AddDays(DaysAhead);
        try
        {
            var sessions = await context.Ports.Broker.GetSessionsAsync(context.Day.AddDays(-DaysBack), last, context.Cancellation);
            if (sessions is { Count: 0 })
            {
                NoAnswer("its calendar has no session in three weeks");
                return known;
            }

            return known with
            {
                CalendarOn = context.Day,
                Days = ExchangeDays.Differing(sessions ?? [], last),
            };
        }
        catch (Exception failure) when (context.IsOutage(failure))
        {
            NoAnswer(failure.Message);
            return known;
        }
    }

    private async Task<bool> IsHaltedAsync(Session? open)
    {
        if (open is not { } session)
        {
            context.Journal.RaiseAgain(Skewed);
            return false;
        }

        BrokerClock? clock;
        var asked = context.Ports.Clock.GetUtcNow();
        try
        {
            clock = await context.Ports.Broker.GetClockAsync(context.Cancellation);
        }
        catch (Exception failure) when (context.IsOutage(failure))
        {
            NoAnswer(failure.Message);
            context.Journal.RaiseAgain(Skewed);
            return false;
        }

        if (clock is null)
        {
            return false;
        }

        if (ExchangeDays.Skew(clock, asked, context.Ports.Clock.GetUtcNow()) is var skew && skew > MostSkew)
        {
            context.Journal.Raise(
                Skewed,
                TradingKey.Account,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The broker's clock says {clock.Now.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC and this one "
                        + $"{asked.UtcDateTime:yyyy-MM-dd HH:mm:ss}, {skew.TotalSeconds:0} s apart: "
                        + $"the age of quotes and the instants of schedules are wrong by as much. Set this machine's clock."
                )
            );
        }

        if (!ExchangeDays.IsHalted(clock, session, context.Now))
        {
            return false;
        }

        context.Journal.Raise(
            Closed,
            TradingKey.Account,
            "The broker says that the exchange does not trade, during its regular session: nothing is bought until it does. "
                + "Protection stays at the broker."
        );
        return true;
    }

    private void NoAnswer(string why) =>
        context.Journal.RaiseNoAnswer(TradingKey.Account, "the exchange", "The sessions known so far count.", why);
}
