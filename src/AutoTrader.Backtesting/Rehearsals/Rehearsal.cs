using AutoTrader.Backtesting.Stored;
using AutoTrader.Contracts;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Backtesting.Rehearsals;

/// <summary>
/// Plays the strategies and schedules of a server, as they are stored, on a recorded day, in virtual time. Nothing on the server changes.
/// </summary>
/// <remarks>
/// The recorded prices are moved onto the next session that opens, and not the schedules onto the recorded day: so one-offs of tomorrow,
/// weekdays, months and early closes are those that will be. The engine is that of backtests, which tests hold equal to the whole app.
/// </remarks>
public static class Rehearsal
{
    private const int LeastBefore = 120;

    /// <summary>Rehearses.</summary>
    /// <param name="stored">What is stored.</param>
    /// <param name="settings">On which day.</param>
    /// <param name="progress">Told after each session: there is one.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="BacktestRefusedException">The day or the data cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public static async Task<RehearsalResult> RunAsync(
        StoredTrading stored,
        RehearsalSettings settings,
        IProgress<BacktestProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(stored);
        ArgumentNullException.ThrowIfNull(settings);
        var day = TradingCalendar.Nyse.SessionOn(settings.Day)
            ?? throw new BacktestRefusedException(
                FormattableString.Invariant($"The exchange has no session on {settings.Day:yyyy-MM-dd}; give another day.")
            );
        var session = TradingCalendar.Nyse.NextSession(stored.Now);
        var (definitions, schedules) = stored.Read();
        var symbols = definitions.Select(it => it.Symbol).Concat(schedules.Select(it => it.Task.Order?.Symbol).OfType<string>());
        using var market = await RebasedMarket.CreateAsync(
            settings.Market,
            day,
            session,
            SessionsBefore(definitions),
            symbols.Distinct(StringComparer.Ordinal),
            (symbol, reference) => settings.AtPresentPrices ? PresentPrice(stored, symbol, reference) / reference : 1
        );
        var remarks = new List<string>();
        var (strategies, leftOut) = Carried(stored, settings, definitions, market, remarks);
        if (strategies.Count == 0)
        {
            throw new BacktestRefusedException(
                string.Join(' ', ["There is nothing to rehearse: the server has no strategy that can be played on this day.", .. remarks])
            );
        }

        var begin = BeginOf(stored.Now, session);
        var played = Due(stored.Now, begin, schedules, leftOut, market, remarks);
        var cost = strategies.Sum(strategy => strategy.Holding.Cost);
        var cash = settings.Cash ?? stored.Cash;
        var run = await Backtest.RunAsync(
            new()
            {
                Strategies = strategies,
                Schedules = played,
                Start = begin,
                End = session.Day,
                Market = market.Options,
                Paper = new() { InitialCash = cash + cost, Fill = settings.Fill },
                Limits = stored.Limits,
                KillSwitch = stored.KillSwitch,
                AcceptData = true,
            },
            progress,
            cancellationToken: cancellationToken
        );
        if (run.Canceled)
        {
            throw new OperationCanceledException(cancellationToken);
        }

        var before =
            cash
            + strategies.Sum(it =>
                it.Holding.Quantity
                * (settings.AtPresentPrices ? PresentPrice(stored, it.Symbol, market.References[it.Symbol]) : market.References[it.Symbol])
            );
        return Result(
            stored,
            settings,
            session,
            run,
            before,
            [.. remarks, .. DataTrust.Warnings(run.Data), .. run.Data.SelectMany(report => report.Remarks)]
        );
    }

    // Prior closes, or what the entry conditions look back.
    private static int SessionsBefore(IEnumerable<Strategy> definitions) =>
        definitions
            .Select(it => IndicatorCondition.TryParse(it.EntryCondition)?.SessionsBack(TimeSpan.Zero) ?? 0)
            .Append(LeastBefore)
            .Max();

    private static decimal PresentPrice(StoredTrading stored, string symbol, decimal otherwise) =>
        stored.Prices.TryGetValue(symbol, out var price) && price > 0 ? price : otherwise;

    // From the day after, so that what is due before the session, on a weekend for example, is rehearsed, too.
    private static DateOnly BeginOf(DateTimeOffset now, Session session)
    {
        var today = TradingCalendar.Nyse.TradingDay(now);
        return today == session.Day ? today : today.AddDays(1);
    }

    private static (IReadOnlyList<Strategy> Strategies, HashSet<string> LeftOut) Carried(
        StoredTrading stored,
        RehearsalSettings settings,
        IReadOnlyList<Strategy> definitions,
        RebasedMarket market,
        List<string> remarks
    )
    {
        var states = stored.Strategies.ToDictionary(state => state.Id, StringComparer.Ordinal);
        var (carried, leftOut) = (new List<Strategy>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var definition in definitions)
        {
            if (!states.TryGetValue(definition.Id, out var state))
            {
                continue;
            }

            if (!market.References.TryGetValue(definition.Symbol, out var reference))
            {
                leftOut.Add(definition.Id);
                remarks.Add($"{definition.Id} is left out. {market.Missing[definition.Symbol]}");
                continue;
            }

            var factor = settings.AtPresentPrices ? 1 : reference / PresentPrice(stored, definition.Symbol, reference);
            var (strategy, why) = CarriedStrategies.Of(definition, state, stored, factor);
            if (strategy is null)
            {
                leftOut.Add(definition.Id);
                remarks.Add(why!);
                continue;
            }

            carried.Add(strategy);
            if (!settings.AtPresentPrices && NamesPrices(strategy) && Math.Abs(factor - 1) > 0.1m)
            {
                remarks.Add(
                    FormattableString.Invariant(
                        $"{strategy.Id} names prices of today, and {strategy.Symbol} was at {reference:0.00##} on that day: "
                    ) + "add --at-present-prices."
                );
            }
        }

        if (Uncounted(stored, carried) is { Length: > 0 } uncounted)
        {
            remarks.Add($"Not in the equity, since no strategy that is played holds them: {uncounted}.");
        }

        if (stored.KillSwitch is { } kill)
        {
            remarks.Add($"The kill switch is on, so that nothing is bought until a schedule lifts it: {kill.Reason}");
        }

        return (carried, leftOut);
    }

    private static string Uncounted(StoredTrading stored, List<Strategy> carried) =>
        string.Join(
            ", ",
            stored
                .Positions.Select(it =>
                    (it.Symbol, Shares: it.Quantity - carried.Where(own => own.Symbol == it.Symbol).Sum(own => own.Holding.Quantity))
                )
                .Where(it => it.Shares > 0)
                .Select(it => FormattableString.Invariant($"{it.Shares:0.####} {it.Symbol}"))
        );

    private static bool NamesPrices(Strategy strategy) =>
        strategy is { EntryPrice: not null } or { EntryCondition: not null } or { GridConfig: not null };

    private static List<Schedule> Due(
        DateTimeOffset now,
        DateOnly begin,
        IReadOnlyList<Schedule> schedules,
        HashSet<string> leftOut,
        RebasedMarket market,
        List<string> remarks
    )
    {
        var midnight = TradingCalendar.Nyse.SessionOf(begin, TimeOnly.MinValue, TimeOnly.MinValue).Open;
        var due = new List<Schedule>();
        foreach (var schedule in schedules)
        {
            if (schedule.Task.Target is { } target && leftOut.Contains(target))
            {
                remarks.Add($"The schedule {schedule.Id} is left out with its strategy {target}.");
                continue;
            }

            if (schedule.Task.Order is { Symbol: var symbol } && !market.References.ContainsKey(symbol))
            {
                remarks.Add($"The schedule {schedule.Id} is left out. {market.Missing[symbol]}");
                continue;
            }

            if (schedule.Enabled && Occurrences.Next(schedule, now) is { } next && next < midnight)
            {
                remarks.Add(
                    FormattableString.Invariant(
                        $"The schedule {schedule.Id} is due at {next.UtcDateTime:yyyy-MM-dd HH:mm} UTC, too, before the rehearsal begins; "
                    ) + "that is not played."
                );
            }

            // What has been due today already is not due again.
            var from = schedule.Spec.StartAt > now ? schedule.Spec.StartAt : now;
            due.Add(schedule with { Spec = schedule.Spec with { StartAt = from } });
        }

        return due;
    }

    private static RehearsalResult Result(
        StoredTrading stored,
        RehearsalSettings settings,
        Session session,
        BacktestRun run,
        decimal before,
        IReadOnlyList<string> remarks
    )
    {
        var after = run.Equity.Count > 0 ? run.Equity[^1].Equity : before;
        return new()
        {
            Day = settings.Day,
            Session = new(session.Day, session.Open, session.Close, session.EarlyClose),
            Account = stored.Account,
            Remarks = remarks,
            EquityBefore = Math.Round(before, 2),
            EquityAfter = Math.Round(after, 2),
            Profit = Math.Round(after - before, 2),
            Fees = run.Fills.Sum(fill => fill.Fee),
            Strategies = [.. run.Strategies.Select(it => AtTheEnd(it, run))],
            Orders = [.. run.Orders.OrderBy(order => order.DecidedAt).Select(OrderView.Of)],
            Fills = [.. run.Fills.Select(FillView.Of)],
            Runs = [.. run.ScheduleRuns.Select(RunView.Of)],
            Unprotected = [.. Unprotected(run)],
            Attention = run.Attention,
            DataHash = run.DataHash,
        };
    }

    private static RehearsedStrategy AtTheEnd(Strategy it, BacktestRun run) =>
        new(
            it.Id,
            it.Symbol,
            it.StrategyType,
            it.Phase,
            it.Enabled,
            it.Holding.Quantity,
            it.EffectiveStop,
            it.Holding.Realized,
            Math.Round(it.Holding.Lots.Count > 0 ? it.Holding.Unrealized(run.Prices[it.Symbol][^1].Close) : 0, 2),
            it.Holding.Fees,
            it.WaitingFor
                ?? it switch
                {
                    { IsTerminal: true } => null,
                    { PauseReason: { } reason } => "it is paused: " + reason,
                    { Enabled: false } => "it is disabled",
                    _ => null,
                }
        );

    private static IEnumerable<UnprotectedShares> Unprotected(BacktestRun run)
    {
        foreach (var strategy in run.Strategies.Where(it => it.Holding.Quantity >= 1))
        {
            List<Order> orders = [.. run.Orders.Where(order => order.StrategyId == strategy.Id && !order.IsSettled)];
            var uncovered = strategy.DeclaresProtection ? Exposure.Of(strategy, orders).Uncovered : Math.Floor(strategy.Holding.Quantity);
            if (uncovered >= 1)
            {
                yield return new(
                    strategy.Id,
                    strategy.Symbol,
                    uncovered,
                    strategy switch
                    {
                        { DeclaresProtection: true, WaitingFor: { } reason } => reason,
                        { DeclaresProtection: true } => "no working order sells them",
                        { GridConfig.StopBelow: { } stop } => FormattableString.Invariant(
                            $"no order at the broker: the engine sells when the price falls to {stop:0.00##}"
                        ),
                        { StrategyType: StrategyType.Grid } => "its grid has no stop_below",
                        _ => "it has no stop_loss_pct",
                    }
                );
            }
        }

        foreach (
            var symbol in run.Fills.Where(fill => fill.StrategyId == Order.ManualOwner).GroupBy(fill => fill.Symbol, StringComparer.Ordinal)
        )
        {
            if (symbol.Sum(fill => fill.Side == OrderSide.Buy ? fill.Quantity : -fill.Quantity) is >= 1 and var shares)
            {
                yield return new(Order.ManualOwner, symbol.Key, shares, "an order of a schedule bought them, and they are no strategy's");
            }
        }
    }
}
