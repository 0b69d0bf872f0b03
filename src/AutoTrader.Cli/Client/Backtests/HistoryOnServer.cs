using System.Globalization;
using AutoTrader.Backtesting.Stored;
using AutoTrader.Backtesting.Verification;
using AutoTrader.Contracts;
using AutoTrader.Core.Application.Reports;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;

namespace AutoTrader.Cli.Client.Backtests;

/// <summary>Reads a server's history since a day. It is read-only, except that reading health may cause a test write, as with any
/// monitor.</summary>
internal static class HistoryOnServer
{
    private const int MostFills = 10_000;
    private const int EventsAtOnce = 500;

    // How far back the API returns events.
    private const int Days = 31;

    /// <summary>Checks that the server still has the events of a first day.</summary>
    /// <param name="name">What the day is called where it is given.</param>
    /// <param name="from">The first day (New York).</param>
    /// <param name="now">The server's time (UTC).</param>
    /// <exception cref="CommandException">The log of events does not go back so far.</exception>
    public static void RequireLogged(string name, DateOnly from, DateTimeOffset now)
    {
        var earliest = TradingCalendar.Nyse.TradingDay(now.AddDays(-Days)).AddDays(1);
        if (from < earliest)
        {
            throw new CommandException(
                ExitCode.Usage,
                FormattableString.Invariant(
                    $"{name}: the server tells its events for {Days} days only; the first day can be {earliest:yyyy-MM-dd} or later."
                )
            );
        }
    }

    /// <summary>Orders, fills, runs and events since the first day.</summary>
    /// <exception cref="CommandException">There are more fills than the API returns at once.</exception>
    public static async Task<LiveHistory> ReadAsync(Caller caller, StoredTrading stored, DateOnly from)
    {
        var (api, cancellation) = (caller.Api, caller.Cancellation);
        // The API counts days of 24 hours until now.
        var days = TradingCalendar.Nyse.TradingDay(stored.Now).DayNumber - from.DayNumber + 2;
        var trades = await caller.WaitAsync(api.GetTradesAsync(days: Math.Max(days, 1), limit: MostFills, cancellationToken: cancellation));
        if (trades.Fills.Count == MostFills)
        {
            throw new CommandException(ExitCode.Failed, $"There are more than {MostFills} executions since then; start on a later day.");
        }

        var schedules = await caller.AllAsync<ScheduleResource>(
            (limit, cursor) => api.ListSchedulesAsync(limit: limit, cursor: cursor, cancellationToken: cancellation)
        );
        var runs = new List<RunView>();
        foreach (var schedule in schedules)
        {
            runs.AddRange(
                await caller.AllAsync<RunView>(
                    (limit, cursor) => api.ListScheduleRunsAsync(schedule.Id, limit: limit, cursor: cursor, cancellationToken: cancellation)
                )
            );
        }

        var midnight = TradingCalendar.Nyse.SessionOf(from, TimeOnly.MinValue, TimeOnly.MinValue).Open;
        return new()
        {
            Orders = await caller.AllAsync<OrderView>(
                (limit, cursor) => api.ListOrdersAsync(status: "all", limit: limit, cursor: cursor, cancellationToken: cancellation)
            ),
            Fills = [.. trades.Fills.Where(fill => fill.Timestamp >= midnight)],
            Runs = runs,
            Events = await EventsAsync(caller, midnight),
            CashActivities = await caller.AllAsync<CashActivityView>(
                (limit, cursor) => api.ListCashActivitiesAsync(limit: limit, cursor: cursor, cancellationToken: cancellation)
            ),
            Samples =
            [
                .. (
                    await caller.WaitAsync(
                        api.GetEquityHistoryAsync(Math.Min(days, Days), WireNames.Of(EquityInterval.Sample), cancellation)
                    )
                )
                    .Items.Select(it => it.At)
                    .Where(at => at >= midnight),
            ],
            Version = await VersionAsync(caller),
        };
    }

    // An app that something is wrong with answers that as an error; its version is not worth failing for. OpenAPI has that of the API only.
    private static async Task<string?> VersionAsync(Caller caller)
    {
        try
        {
            return (await caller.WaitAsync(caller.Api.GetHealthAsync(caller.Cancellation))).Version;
        }
        catch (Exception failure) when (Outcomes.Find(failure) is not null)
        {
            return null;
        }
    }

    private static async Task<IReadOnlyList<EventView>> EventsAsync(Caller caller, DateTimeOffset since)
    {
        var events = new List<EventView>();
        EventListView? page = null;
        do
        {
            page = await caller.WaitAsync(
                caller.Api.ListEventsAsync(
                    page is null ? since.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) : null,
                    limit: EventsAtOnce,
                    cursor: page?.NextCursor,
                    cancellationToken: caller.Cancellation
                )
            );
            events.AddRange(page.Items);
        } while (page.NextCursor is not null);

        return events;
    }
}
