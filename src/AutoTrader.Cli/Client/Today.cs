using AutoTrader.Contracts;
using AutoTrader.Core.Market;

namespace AutoTrader.Cli.Client;

/// <summary>Today's profit, positions with their protection, and what comes next.</summary>
/// <param name="Day">The New York date.</param>
/// <param name="Portfolio">Money and positions.</param>
/// <param name="Fills">The fills, newest first.</param>
/// <param name="Held">Holdings by owner, and how much of them working sells cover.</param>
/// <param name="Next">What schedules will do within a day.</param>
/// <param name="Attention">What needs the user's eye.</param>
internal sealed record Today(
    DateOnly Day,
    PortfolioView Portfolio,
    IReadOnlyList<FillView> Fills,
    IReadOnlyList<HoldingView> Held,
    IReadOnlyList<AgendaEntry> Next,
    IReadOnlyList<AttentionView> Attention
)
{
    // The ledger is queried by days until now; a trading day may begin before a weekend.
    private const int Days = 4;

    public static async Task<(Today Today, Agenda Agenda)> AskAsync(Caller caller)
    {
        var (api, cancellation) = (caller.Api, caller.Cancellation);
        var engine = await caller.EngineAsync();
        var portfolio = await caller.WaitAsync(api.GetPortfolioAsync(cancellation));
        var trades = await caller.WaitAsync(api.GetTradesAsync(days: Days, cancellationToken: cancellation));
        var overview = await caller.WaitAsync(api.GetOverviewAsync(cancellationToken: cancellation));
        var agenda = await Agenda.AskAsync(caller, days: 1);
        var day = TradingCalendar.Nyse.TradingDay(engine.Now);
        return (
            new(
                day,
                portfolio,
                [.. trades.Fills.Where(fill => fill.TradingDay == day)],
                overview.Holdings,
                agenda.View.Items,
                engine.Attention
            ),
            agenda
        );
    }
}
