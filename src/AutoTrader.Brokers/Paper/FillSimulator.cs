using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Brokers.Paper;

/// <summary>
/// Plays what happened in the market since the last look, in order: splits with the first bar that shows them, bars at their end, expiry at
/// the close. The same bars do the same to the same account, however the time between is cut into looks: an instant that was committed in
/// part is played again, and finds those of its orders that are done.
/// </summary>
internal sealed class FillSimulator(IMarketData market, LastPrices prices, OrderRules rules, PaperOptions options, FillTally tally)
{
    // Bars are looked for from the session's open until the length of a symbol's bars is known.
    private readonly Dictionary<string, TimeSpan> _lengths = new(StringComparer.Ordinal);

    private readonly PaperSplits _splits = new(market);
    private readonly FillModel _free = options.Fill with { SpreadPct = 0, SlippagePct = 0 };

    private static TradingCalendar Calendar => TradingCalendar.Nyse;

    /// <summary>Plays up to <paramref name="now"/> and commits what happened. A stretch in which nothing happened costs no write, but for
    /// one at a session's close.</summary>
    public async Task PlayAsync(PaperBook book, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // Bars end on whole minutes; between them nothing new can be known.
        var target = Floor(now - options.BarDelay);
        if (target > book.Account.PlayedTo)
        {
            for (
                var session = Calendar.CurrentOrNext(book.Account.PlayedTo);
                session.Open <= target;
                session = Calendar.NextSession(session.Open)
            )
            {
                await PlaySessionAsync(book, session, target < session.Close ? target : session.Close, cancellationToken);
            }

            book.Recall(book.Account with { PlayedTo = target });
        }

        CancelDue(book, now);
        await book.CommitAsync(cancellationToken);
    }

    /// <summary>Raises the watermarks of a book just loaded: they are written with the order's next event only, and follow from the
    /// bars.</summary>
    public async Task CatchUpAsync(PaperBook book, CancellationToken cancellationToken)
    {
        foreach (
            var order in book.OpenOrders()
                .Where(order => order is { Terms.Type: OrderType.TrailingStop, Triggered: false } && order.PlayedTo < book.Account.PlayedTo)
        )
        {
            var raised = order;
            for (
                var session = Calendar.CurrentOrNext(order.PlayedTo);
                session.Open < book.Account.PlayedTo;
                session = Calendar.NextSession(session.Open)
            )
            {
                foreach (var bar in await market.GetBarsAsync(order.Terms.Symbol, session.Open, session.Close, cancellationToken))
                {
                    if (bar.End > raised.PlayedTo && bar.End <= book.Account.PlayedTo && bar.Start >= order.SubmittedAt)
                    {
                        raised = FillRules.Raise(raised, bar);
                    }
                }
            }

            book.Recall(raised);
        }
    }

    private async Task PlaySessionAsync(PaperBook book, Session session, DateTimeOffset until, CancellationToken cancellationToken)
    {
        if (book.Account.PlayedTo < session.Open)
        {
            await CompleteAsync(book, session.Open, cancellationToken);
        }

        var splits =
            options.SplitBehavior == SplitBehavior.Ignored || (!book.HasOpenOrders && book.Positions.Count == 0)
                ? []
                : await _splits.DueAsync(book, session, until, cancellationToken);
        var bars = await BarsAsync(book, session, until, cancellationToken);
        for (var next = 0; next < bars.Count;)
        {
            var instant = bars[next].End;
            if (splits.Count > 0)
            {
                await SplitAsync(book, splits, instant, cancellationToken);
            }

            CancelDue(book, instant.AddTicks(-1));
            for (; next < bars.Count && bars[next].End == instant; next++)
            {
                await PlayBarAsync(book, bars[next], cancellationToken);
            }

            // An instant at which nothing happened may as well be played again.
            if (instant < session.Close && book.HasChanges)
            {
                await CompleteAsync(book, instant, cancellationToken);
            }
        }

        await SplitAsync(book, splits, until, cancellationToken);
        if (until == session.Close)
        {
            await CloseAsync(book, session, cancellationToken);
            await CompleteAsync(book, session.Close, cancellationToken);
        }
    }

    private static Task CompleteAsync(PaperBook book, DateTimeOffset instant, CancellationToken cancellationToken)
    {
        book.Recall(book.Account with { PlayedTo = instant });
        return book.IsLarge ? book.CommitAsync(cancellationToken) : Task.CompletedTask;
    }

    // In order of their ends, and of symbols at each.
    private async Task<IReadOnlyList<Bar>> BarsAsync(
        PaperBook book,
        Session session,
        DateTimeOffset until,
        CancellationToken cancellationToken
    )
    {
        var played = book.Account.PlayedTo;
        var symbols = book.OpenSymbols();
        var bars = new List<Bar>();
        foreach (var symbol in symbols)
        {
            var from = _lengths.TryGetValue(symbol, out var length) && played - length > session.Open ? played - length : session.Open;
            foreach (var bar in await market.GetBarsAsync(symbol, from, until, cancellationToken))
            {
                if (bar.End > played)
                {
                    bars.Add(bar);
                }

                if (bar.Length > length)
                {
                    // Longer ones may follow where shorter ones decide inside them.
                    var feeds = await market.GetFeedsAsync([symbol], cancellationToken);
                    var interval = feeds.GetValueOrDefault(symbol)?.Interval ?? default;
                    _lengths[symbol] = length = interval > bar.Length ? interval : bar.Length;
                }
            }
        }

        return symbols.Count > 1 ? [.. bars.OrderBy(bar => bar.End)] : bars;
    }

    // Each has its own instant, so that replaying after a crash finds it done.
    private async Task SplitAsync(PaperBook book, List<DueSplit> splits, DateTimeOffset until, CancellationToken cancellationToken)
    {
        while (splits.Count > 0 && splits[0].At <= until)
        {
            CancelDue(book, splits[0].At.AddTicks(-1));
            await _splits.ApplyAsync(book, splits[0], cancellationToken);
            if (splits.Count == 1 || splits[1].At != splits[0].At)
            {
                await CompleteAsync(book, splits[0].At, cancellationToken);
            }

            splits.RemoveAt(0);
        }
    }

    private async ValueTask PlayBarAsync(PaperBook book, Bar bar, CancellationToken cancellationToken)
    {
        foreach (var order in book.OpenOrders(bar.Symbol))
        {
            // Only the first bar of its session finds an opening-auction order open.
            var isThere = bar.Start >= order.ActiveFrom && order.PlayedTo < bar.End;
            if (isThere && order.Terms.TimeInForce != TimeInForce.Cls)
            {
                tally.AmbiguousBars += FillRules.IsAmbiguous(order, bar) ? 1 : 0;
                Apply(book, order, bar);
                if (book.IsLarge)
                {
                    await book.CommitAsync(cancellationToken);
                }
            }
        }
    }

    private async Task CloseAsync(PaperBook book, Session session, CancellationToken cancellationToken)
    {
        foreach (
            var order in book.OpenOrders().Where(order => order.Terms.TimeInForce == TimeInForce.Cls && order.ExpiresAt <= session.Close)
        )
        {
            var bars = await market.GetBarsAsync(order.Terms.Symbol, session.Open, session.Close, cancellationToken);
            if (bars.Count > 0 && bars[^1] is var last && last.Start >= order.SubmittedAt && order.PlayedTo < last.End)
            {
                Apply(book, order, last, isClose: true);
            }

            if (book.IsLarge)
            {
                await book.CommitAsync(cancellationToken);
            }
        }

        foreach (var order in book.OpenOrders().Where(order => order.ExpiresAt <= session.Close))
        {
            End(book, order, "expired", session.Close);
            if (book.IsLarge)
            {
                await book.CommitAsync(cancellationToken);
            }
        }

        if (book.HasOpenOrders || book.Positions.Count > 0)
        {
            var closes =
                book.Positions.Count == 0
                    ? new Dictionary<string, decimal>(StringComparer.Ordinal)
                    : await prices.ClosesAsync([.. book.Positions.Keys], session, cancellationToken);
            book.Set(book.Account with { LastEquity = Equity(book, closes) });
        }
        else
        {
            book.Recall(book.Account with { LastEquity = book.Account.Cash });
        }
    }

    /// <summary>Cash and positions in dollars; a position without a price counts at cost.</summary>
    public static decimal Equity(PaperBook book, IReadOnlyDictionary<string, decimal> prices) =>
        book.Account.Cash
        + book.Positions.Values.Sum(position =>
            position.Quantity * (prices.TryGetValue(position.Symbol, out var price) ? price : position.AverageEntryPrice)
        );

    /// <summary>Ends an order.</summary>
    public static PaperOrder End(PaperBook book, PaperOrder order, string status, DateTimeOffset at, string? reason = null)
    {
        var ended = order with { FinalStatus = status, EndedAt = at, UpdatedAt = at, Reason = reason ?? order.Reason };
        book.Set(ended);
        return ended;
    }

    private void CancelDue(PaperBook book, DateTimeOffset now)
    {
        if (!book.HasCancels())
        {
            return;
        }

        foreach (var order in book.OpenOrders())
        {
            if (order.CancelRequestedAt is { } requested && requested + options.CancelDelay <= now)
            {
                End(book, order, "canceled", requested + options.CancelDelay);
            }
        }
    }

    private Fate Play(PaperOrder order, Bar bar, bool isClose, FillModel model) =>
        isClose ? new(order, FillRules.AtClose(order, bar, model)) : FillRules.Play(order, bar, model, tally.TargetFirst);

    private void Apply(PaperBook book, PaperOrder before, Bar bar, bool isClose = false)
    {
        var fate = Play(before, bar, isClose, options.Fill);
        var isImmediate = before.Terms.TimeInForce is TimeInForce.Opg or TimeInForce.Ioc or TimeInForce.Fok;
        if (fate.Price is null && !isImmediate && ReferenceEquals(fate.Order, before))
        {
            // Nothing happened, as in nearly every bar.
            return;
        }

        var order = fate.Order with { PlayedTo = bar.End };
        var unfilled = order.Terms.TimeInForce == TimeInForce.Opg ? "expired" : "canceled";
        if (fate.Price is not { } price)
        {
            if (isImmediate)
            {
                End(book, order, unfilled, bar.End);
            }
            else if (order.Triggered != before.Triggered)
            {
                book.Set(order);
            }
            else if (order.HighWatermark is not null)
            {
                book.Recall(order);
            }

            return;
        }

        var (quantity, shortage) = Fillable(book, order, price, bar);
        if (order.Terms.TimeInForce == TimeInForce.Fok && quantity < order.OpenQuantity)
        {
            quantity = 0;
        }

        if (options.Fill != _free)
        {
            tally.Slippage += quantity * Math.Abs(price - (Play(before, bar, isClose, _free).Price ?? price));
        }

        var filled = quantity > 0 ? Fill(book, order, price, quantity, fate.OnLeg, bar.End) : order;
        if (filled.OpenQuantity == 0)
        {
            End(book, filled, "filled", bar.End);
        }
        else if (shortage is not null || isImmediate)
        {
            End(book, filled, shortage is null ? unfilled : "canceled", bar.End, shortage);
        }
        else
        {
            book.Set(filled);
        }
    }

    /// <summary>How much of the open quantity fills, and why the rest cannot: cash and shares never fall below zero.</summary>
    private (decimal Quantity, string? Shortage) Fillable(PaperBook book, PaperOrder order, decimal price, Bar bar)
    {
        var quantity = order.OpenQuantity;
        if (options.Fill.VolumeSharePct > 0)
        {
            quantity = Math.Min(quantity, Math.Floor(bar.Volume * options.Fill.VolumeSharePct / 100));
        }

        var most = quantity;
        if (order.Terms.Side == OrderSide.Sell)
        {
            most =
                options.Profile == PaperProfile.Simple
                    ? quantity
                    : Math.Floor(Math.Max(0, book.Position(order.Terms.Symbol)?.Quantity ?? 0));
            return most < quantity ? (most, "not enough shares") : (quantity, null);
        }

        while (most > 0 && rules.Cost(most, price) > book.Account.Cash)
        {
            most = Math.Min(most - 1, Math.Floor(book.Account.Cash / (price + options.Fill.CommissionPerShare)));
        }

        return most < quantity ? (Math.Max(0, most), "not enough cash") : (quantity, null);
    }

    private PaperOrder Fill(PaperBook book, PaperOrder order, decimal price, decimal quantity, bool onLeg, DateTimeOffset at)
    {
        var leg = onLeg ? order.Leg : null;
        var execution = new Execution
        {
            Id = leg is null ? PaperIds.Execution(order.Id, order.Fills + 1) : PaperIds.Execution(leg.Id, leg.Fills + 1),
            BrokerOrderId = leg?.Id ?? order.Id,
            Symbol = order.Terms.Symbol,
            Side = order.Terms.Side,
            Quantity = quantity,
            Price = price,
            Fee = rules.Fee(order.Terms.Side, quantity, price),
            At = at,
        };
        var signed = order.Terms.Side == OrderSide.Buy ? quantity : -quantity;
        book.Add(execution);
        book.Set(Trade(book.Position(order.Terms.Symbol) ?? new(order.Terms.Symbol, 0, 0), signed, price));
        book.Set(book.Account with { Cash = book.Account.Cash - (signed * price) - execution.Fee });
        return leg is null
            ? order with
            {
                FilledQuantity = order.FilledQuantity + quantity,
                FilledValue = order.FilledValue + (quantity * price),
                Fills = order.Fills + 1,
                UpdatedAt = at,
            }
            : order with
            {
                Leg = leg with
                {
                    FilledQuantity = leg.FilledQuantity + quantity,
                    FilledValue = leg.FilledValue + (quantity * price),
                    Fills = leg.Fills + 1,
                },
                UpdatedAt = at,
            };
    }

    private static PaperPosition Trade(PaperPosition position, decimal signed, decimal price)
    {
        var quantity = position.Quantity + signed;
        var average =
            position.Quantity == 0 || Math.Sign(position.Quantity) != Math.Sign(quantity) ? price
            : Math.Sign(position.Quantity) == Math.Sign(signed)
                ? ((position.Quantity * position.AverageEntryPrice) + (signed * price)) / quantity
            : position.AverageEntryPrice;
        return position with { Quantity = quantity, AverageEntryPrice = average };
    }

    private static DateTimeOffset Floor(DateTimeOffset instant) =>
        new(instant.UtcTicks - (instant.UtcTicks % TimeSpan.TicksPerMinute), TimeSpan.Zero);
}
