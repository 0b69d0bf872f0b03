using AutoTrader.Core.Engine.Ports;
using AutoTrader.Core.Portfolio;

namespace AutoTrader.Core.Engine;

/// <summary>
/// Serves the wishes to accept a difference of cash: what the user saw, and nothing else, becomes an entry of the ledger. Where cash could
/// not be compared in a cycle, the wish waits for the next.
/// </summary>
internal sealed class CashAcceptance(CycleContext context, CashCheck cash, WishService wishes)
{
    // The user saw it rounded.
    private const decimal Rounding = 0.01m;

    public async Task ServeAsync()
    {
        foreach (var row in context.Set.Wishes.Where(row => row.Value.Kind == WishKind.AcceptCash && cash.IsCompared).ToList())
        {
            if (cash.Unexplained is not { } difference)
            {
                wishes.Answer(row, null, WishStatus.Refused, "NO_CASH_DIFFERENCE", "Fills and cash activities explain the broker's cash, or it has differed for less than two cycles: there is nothing to accept.");
            }
            else if (row.Value.Amount is not { } seen || Math.Abs(difference - seen) > Rounding)
            {
                wishes.Answer(row, null, WishStatus.Refused, "CASH_DIFFERENCE_CHANGED", $"The difference is {difference:+0.00;-0.00}, not {row.Value.Amount:+0.00;-0.00;0.00}. Look at it again, then accept that amount.");
            }
            else
            {
                await AcceptAsync(row, difference);
            }
        }
    }

    private async Task AcceptAsync(Row<Wish> row, decimal difference)
    {
        var wish = row.Value;
        var adjustment = new CashActivity
        {
            Id = "accepted-" + wish.Id,
            Kind = CashActivityKind.Adjustment,
            Type = "accepted",
            Amount = difference,
            Day = context.Day,
            Note = wish.Reason,
            AcceptedBy = wish.Caller,
            AcceptedAt = context.Now,
        };
        var answered = wish with { Status = WishStatus.Done, Outcome = $"{difference:+0.00;-0.00} is booked as {adjustment.Id}.", ServedAt = context.Now };
        if (await cash.BookAsync(adjustment, new(TradingKey.Wish(wish.Id), answered, row.Version)))
        {
            context.Tell(EngineEventKind.WishServed, null, null, $"{Words.Of(wish.Kind)}: {answered.Outcome}");
        }
    }
}
