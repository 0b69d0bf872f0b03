using System.Globalization;
using AutoTrader.Core.Market;
using AutoTrader.Core.Notifications;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Application.Reports;

/// <summary>A session's result: published once after its close, and whenever a schedule asks for it.</summary>
public sealed class DailySummary(
    PortfolioService portfolio,
    IEngineStore engine,
    IOutbox outbox,
    NotificationPublisher publisher,
    IBroker broker,
    TimeProvider clock
)
{
    private const int MostPositions = 15;

    // The last cycle of the session takes in what filled at the close.
    private static readonly TimeSpan AfterClose = TimeSpan.FromMinutes(5);

    private DateOnly? _told;

    /// <summary>Publishes the summary of today's session if it has ended and was not published yet. If the app was not running between the
    /// close and midnight in New York, that day has none.</summary>
    public async Task PublishAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var day = TradingCalendar.Nyse.TradingDay(now);
        if (_told == day || TradingCalendar.Nyse.SessionOn(day) is not { } session || now < session.Close + AfterClose)
        {
            return;
        }

        var id = string.Create(CultureInfo.InvariantCulture, $"summary-{day:yyyy-MM-dd}");
        if (!await IsPublished(id, session.Close, cancellationToken))
        {
            await publisher.PublishAsync(await ComposeAsync(id, session.Close, cancellationToken), cancellationToken);
        }

        _told = day;
    }

    /// <summary>The summary of the day so far.</summary>
    /// <param name="id">See <see cref="Notification.Id"/>.</param>
    /// <param name="at">The instant of the notification (UTC).</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public async Task<Notification> ComposeAsync(string id, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var summary = await portfolio.SummaryAsync(cancellationToken);
        var attention = (await engine.LoadAsync(broker.AccountKey, cancellationToken))?.Value.Attention ?? [];
        var held = summary.Positions.Where(position => position.Quantity != 0).ToList();
        List<NotificationFact> facts =
        [
            new("Trades", summary.Today.Trades.ToString(CultureInfo.InvariantCulture)),
            new("Realized", NotificationComposer.Money(summary.Today.Realized)),
            new("Unrealized", NotificationComposer.Money(summary.Unrealized)),
            new("Fees", NotificationComposer.Money(summary.Today.Fees)),
            new("Equity", NotificationComposer.Money(summary.Account.Equity)),
            new("Positions", held.Count.ToString(CultureInfo.InvariantCulture)),
            new("To look at", attention.Count.ToString(CultureInfo.InvariantCulture)),
        ];
        facts.AddRange(
            held.Take(MostPositions)
                .Select(position => new NotificationFact(
                    position.Symbol,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{position.Quantity:0.####} shares, "
                            + $"{(position.MarketValue is { } value ? NotificationComposer.Money(value) : "no price")}, "
                            + $"{(position.Unrealized is { } profit ? NotificationComposer.Money(profit) : "unknown")} unrealized"
                    )
                ))
        );
        return new()
        {
            Id = id,
            Event = NotificationEvent.DailySummary,
            At = at,
            Title = "Daily summary",
            Subject = string.Create(CultureInfo.InvariantCulture, $"{TradingCalendar.Nyse.TradingDay(at):yyyy-MM-dd}"),
            Facts = facts.ToValueList(),
        };
    }

    private async Task<bool> IsPublished(string id, DateTimeOffset at, CancellationToken cancellationToken) =>
        await outbox.FindAsync(
            broker.AccountKey,
            new()
            {
                Id = id,
                Event = NotificationEvent.DailySummary,
                At = at,
                Title = "",
            },
            cancellationToken
        )
            is not null;
}
