using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Reports;

namespace AutoTrader.Functions.Views;

/// <summary>The page's overview as the API returns it.</summary>
internal static class OverviewViews
{
    extension(HoldingView)
    {
        public static HoldingView Of(Protected it, PortfolioSummary? portfolio)
        {
            var position = portfolio?.Positions.FirstOrDefault(position => position.Symbol == it.Symbol);
            var owned = position?.Owners.FirstOrDefault(owner => owner.Owner == it.Owner);
            return new(
                it.Owner,
                it.Symbol,
                it.Quantity,
                it.Covered,
                it.Stopped,
                it.WantsStop,
                it.Stop,
                position?.Price,
                PortfolioViews.Percent(position?.Price > 0 ? (position.Price - it.Stop) / position.Price * 100 : null),
                position?.Price is { } price ? owned?.Holding.Unrealized(price) : null
            );
        }
    }

    extension(ScheduleAheadView)
    {
        public static ScheduleAheadView Of(ScheduleAhead it) =>
            new(ScheduleResource.Of(it.Row), [.. it.Upcoming.Select(OccurrenceView.Of)], it.HasMore);
    }
}
