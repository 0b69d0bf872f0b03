using AutoTrader.Backtesting.Replay;
using AutoTrader.Backtesting.Stored;
using AutoTrader.Brokers.Paper;
using AutoTrader.Core.Market;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Backtesting.Rehearsals;

/// <summary>
/// Plays the strategies and schedules of a server, as they are stored, on a recorded day, in virtual time. Nothing on the server changes.
/// </summary>
/// <remarks>
/// The recorded prices are moved onto the next session that opens, and not the schedules onto the recorded day: so one-offs of tomorrow,
/// weekdays, months and early closes are those that will be. What plays it is the whole app, which this project does not know: the caller
/// brings it.
/// </remarks>
public static class Rehearsal
{
    private const int LeastBefore = 120;

    /// <summary>Rehearses.</summary>
    /// <param name="stored">What is stored.</param>
    /// <param name="settings">On which day.</param>
    /// <param name="stage">The app.</param>
    /// <param name="progress">Told on the way.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="BacktestRefusedException">The day or the data cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public static async Task<RehearsalResult> RunAsync(
        StoredTrading stored,
        RehearsalSettings settings,
        RehearsalStage stage,
        IProgress<RehearsalProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(stored);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(stage);
        var day = TradingCalendar.Nyse.SessionOn(settings.Day)
            ?? throw new BacktestRefusedException(
                FormattableString.Invariant($"The exchange has no session on {settings.Day:yyyy-MM-dd}; give another day.")
            );
        var session = TradingCalendar.Nyse.NextSession(stored.Now);
        var (definitions, schedules) = stored.Read();
        using var market = await RebasedMarket.CreateAsync(
            settings.Market,
            day,
            session,
            SessionsBefore(definitions),
            Backtest.SymbolsOf(definitions, schedules),
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

        var due = Due(stored.Now, EarliestOf(stored.Now, session), schedules, leftOut, market, remarks);
        var begin = BeginOf(due, session);
        var cash = settings.Cash ?? stored.Cash;
        var plan = new RehearsalPlan
        {
            Strategies = strategies,
            Schedules = due,
            Account = new() { Limits = stored.Limits, KillSwitch = stored.KillSwitch },
            Broker = PaperOpening.Rows(cash, Positions(strategies), begin),
            Begin = begin,
            Session = session,
            Market = market.Options,
            Fill = settings.Fill,
        };
        var data = new BacktestData(market.Options);
        var symbols = Backtest.SymbolsOf(plan.Strategies, plan.Schedules);
        var period = await data.LookAsync(data.By(new ReplayClock(begin)), symbols, [session], cancellationToken);
        var before =
            cash
            + strategies.Sum(it =>
                it.Holding.Quantity
                * (settings.AtPresentPrices ? PresentPrice(stored, it.Symbol, market.References[it.Symbol]) : market.References[it.Symbol])
            );
        var played = await stage(plan, progress, cancellationToken);
        return RehearsalReport.Of(settings.Day, stored.Account, before, plan, played, period, remarks);
    }

    private static List<PaperOpeningPosition> Positions(IEnumerable<Strategy> strategies) =>
        [
            .. strategies
                .Where(strategy => strategy.Holding.Quantity > 0)
                .GroupBy(strategy => strategy.Symbol, strategy => strategy.Holding, StringComparer.Ordinal)
                .Select(symbol => (symbol.Key, Shares: symbol.Sum(it => it.Quantity), Cost: symbol.Sum(it => it.Cost)))
                .Select(it => new PaperOpeningPosition(it.Key, it.Shares, it.Cost / it.Shares)),
        ];

    // Prior closes, or what the entry conditions look back.
    private static int SessionsBefore(IEnumerable<Strategy> definitions) =>
        definitions
            .Select(it => IndicatorCondition.TryParse(it.EntryCondition)?.SessionsBack(TimeSpan.Zero) ?? 0)
            .Append(LeastBefore)
            .Max();

    private static decimal PresentPrice(StoredTrading stored, string symbol, decimal otherwise) =>
        stored.Prices.TryGetValue(symbol, out var price) && price > 0 ? price : otherwise;

    // The day after: what is due before the session, on a weekend for example, is rehearsed, too.
    private static DateTimeOffset EarliestOf(DateTimeOffset now, Session session)
    {
        var today = TradingCalendar.Nyse.TradingDay(now);
        return RehearsalPlan.MidnightOf(today == session.Day ? today : today.AddDays(1));
    }

    // Closed days on which nothing is due change nothing.
    private static DateTimeOffset BeginOf(IEnumerable<Schedule> played, Session session)
    {
        var midnight = RehearsalPlan.MidnightOf(session.Day);
        return played.Min(schedule => schedule.NextRun) is { } first && first < midnight
            ? RehearsalPlan.MidnightOf(TradingCalendar.Nyse.TradingDay(first))
            : midnight;
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
        DateTimeOffset begin,
        IReadOnlyList<Schedule> schedules,
        HashSet<string> leftOut,
        RebasedMarket market,
        List<string> remarks
    )
    {
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

            if (schedule.Enabled && Occurrences.Next(schedule, now) is { } next && next < begin)
            {
                remarks.Add(
                    FormattableString.Invariant(
                        $"The schedule {schedule.Id} is due at {next.UtcDateTime:yyyy-MM-dd HH:mm} UTC, too, before the rehearsal begins; "
                    ) + "that is not played."
                );
            }

            // What has been due today already is not due again.
            var from = schedule.Spec.StartAt > now ? schedule.Spec.StartAt : now;
            due.Add(ReplaySchedules.Planned(schedule with { Spec = schedule.Spec with { StartAt = from } }, begin));
        }

        return due;
    }
}
