using System.CommandLine;
using System.Text.Json.Nodes;
using AutoTrader.Cli.Calls;
using AutoTrader.Cli.Rendering;
using AutoTrader.Contracts;

namespace AutoTrader.Cli.Commands;

/// <summary>What happened, why, and what today was.</summary>
internal static class EventCommands
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(10);

    public static IEnumerable<Command> Of(TraderCli cli) => [Log(cli), Why(cli), Today(cli)];

    private static CliCommand Log(TraderCli cli)
    {
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with what happens, until Ctrl+C." };
        var strategy = new Option<string?>("--strategy") { Description = "Only what is about this strategy.", HelpName = "id" };
        var since = new Option<string>("--since")
        {
            Description = "From when on: a time, a day, today, or so long ago as 15m, 2h or 3d; at most 31 days.",
            HelpName = "when",
            DefaultValueFactory = _ => "1d",
        };
        return cli.Command(
            "log",
            "Everything that happened in one stream, in order: decisions, orders, fills, runs of schedules with their lateness, "
                + "attention, changes and who made them.",
            async session =>
            {
                var zone = Cells.Zone(session.Get(cli.Zone));
                var events = await session.AllAsync(
                    (limit, cursor) =>
                        session.Api.ListEventsAsync(session.Get(since), session.Get(strategy), limit, cursor, session.Cancellation)
                );
                if (!session.Get(follow))
                {
                    session.Answer(() => EventViews.Lines(events, zone));
                    return;
                }

                await FollowAsync(session, events, session.Get(strategy), zone);
            },
            [follow, strategy, since, cli.Zone],
            "trader log --since today",
            "trader log --follow --strategy acme-trail",
            "trader log --since 3d --json"
        );
    }

    // With --json a line each: a stream has no end to close a list with.
    private static async Task FollowAsync(Session session, IReadOnlyList<EventView> events, string? strategy, TimeZoneInfo zone)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var latest = DateTimeOffset.MinValue;
        while (true)
        {
            foreach (var it in events.Where(it => seen.Add(FormattableString.Invariant($"{it.At.UtcTicks} {it.Id}"))))
            {
                session.Print(
                    (session.Json ? Session.AsJson(it).ToJsonString(ContractJson.Answers) : EventViews.Line(it, zone)) + Environment.NewLine
                );
                latest = it.At > latest ? it.At : latest;
            }

            try
            {
                await Task.Delay(Poll, session.Cancellation);
                // Some things are known late, and stand before others that were known earlier.
                var from =
                    latest == DateTimeOffset.MinValue
                        ? "1h"
                        : (latest - Overlap).UtcDateTime.ToString(
                            "yyyy-MM-dd'T'HH:mm:ss'Z'",
                            System.Globalization.CultureInfo.InvariantCulture
                        );
                events = await session.AllAsync(
                    (limit, cursor) => session.Api.ListEventsAsync(from, strategy, limit, cursor, session.Cancellation)
                );
            }
            catch (OperationCanceledException) when (session.Cancellation.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private static CliCommand Why(TraderCli cli)
    {
        var id = new Argument<string>("strategy") { Description = "The strategy's id." };
        return cli.Command(
            "why",
            "Why a strategy did or did not trade in the last cycle.",
            async session =>
            {
                var api = session.Api;
                var strategy = await session.WaitAsync(api.GetStrategyAsync(session.Get(id)!, session.Cancellation));
                var strategyJson = session.LastBody();
                var engine = await session.EngineAsync();
                var risk = await session.WaitAsync(api.GetRiskAsync(session.Cancellation));
                var orders = (
                    await session.WaitAsync(api.ListOrdersAsync(strategyId: strategy.Id, cancellationToken: session.Cancellation))
                ).Items;
                var schedules = (
                    await session.WaitAsync(api.ListSchedulesAsync(strategyId: strategy.Id, cancellationToken: session.Cancellation))
                ).Items;
                var quotes = (await session.WaitAsync(api.ListQuotesAsync(strategy.Symbol, session.Cancellation))).Items;
                var events = (
                    await session.AllAsync((limit, cursor) => api.ListEventsAsync("1d", strategy.Id, limit, cursor, session.Cancellation))
                ).ToList();
                var reasons = Reasons.Of(
                    new(
                        strategy,
                        engine,
                        risk,
                        orders,
                        schedules,
                        quotes.Count == 0 ? null : quotes[0],
                        events,
                        await NextAsync(session, strategy.Id)
                    )
                );
                session.Answer(
                    new JsonObject
                    {
                        ["strategy_id"] = strategy.Id,
                        ["reasons"] = new JsonArray([
                            .. reasons.Select(reason => new JsonObject { ["about"] = reason.About, ["text"] = reason.Text }),
                        ]),
                        ["strategy"] = strategyJson,
                    },
                    () => EventViews.Why(strategy, reasons)
                );
            },
            [id],
            "trader why acme-trail"
        );
    }

    // What a cycle would decide now says most; while another host runs one it cannot be asked.
    private static async Task<IReadOnlyList<CycleDecisionView>?> NextAsync(Session session, string strategyId)
    {
        try
        {
            return
            [
                .. (await session.WaitAsync(session.Api.RunEngineAsync("true", session.Cancellation))).Decisions.Where(decision =>
                    decision.StrategyId == strategyId
                ),
            ];
        }
        catch (Exception failure)
            when (failure is CommandException { Code: ExitCode.Conflict or ExitCode.Failed }
                || failure.InnerException is CommandException { Code: ExitCode.Conflict or ExitCode.Failed }
            )
        {
            return null;
        }
    }

    private static CliCommand Today(TraderCli cli) =>
        cli.Command(
            "today",
            "What was made today, what is held and covered, and what comes next.",
            async session =>
            {
                var (api, zone) = (session.Api, Cells.Zone(session.Get(cli.Zone)));
                var engine = await session.EngineAsync();
                var portfolio = await session.WaitAsync(api.GetPortfolioAsync(session.Cancellation));
                var portfolioJson = session.LastBody();
                var trades = await session.WaitAsync(api.GetTradesAsync(days: 4, cancellationToken: session.Cancellation));
                var orders = await session.AllAsync(
                    (limit, cursor) => api.ListOrdersAsync(limit: limit, cursor: cursor, cancellationToken: session.Cancellation)
                );
                var strategies = await session.AllAsync(
                    (limit, cursor) => api.ListStrategiesAsync(limit: limit, cursor: cursor, cancellationToken: session.Cancellation)
                );
                var agenda = await ScheduleCommands.AgendaAsync(session, days: 1);
                var day = Core.Market.TradingCalendar.Nyse.TradingDay(engine.Now);
                var fills = trades.Fills.Where(fill => fill.TradingDay == day).ToList();
                var held = Coverage.Of(portfolio.Positions, orders, strategies);
                session.Answer(
                    new JsonObject
                    {
                        ["day"] = day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
                        ["portfolio"] = portfolioJson,
                        ["fills"] = new JsonArray([.. fills.Select(Session.AsJson)]),
                        ["held"] = new JsonArray([.. held.Select(it => it.AsJson())]),
                        ["next"] = agenda.AsJson()["items"]!.DeepClone(),
                        ["attention"] = new JsonArray([.. engine.Attention.Select(Session.AsJson)]),
                    },
                    () => EventViews.Today(engine, portfolio, fills, held, agenda, zone, session.Terminal.Width)
                );
            },
            [cli.Zone],
            "trader today",
            "trader today --zone Europe/Berlin"
        );
}
