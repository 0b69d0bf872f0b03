using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Reports;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api.Monitoring;

/// <summary>Everything that happened, in one stream.</summary>
public sealed class EventFunctions(EventLog log, Cursors cursors, TimeProvider clock)
{
    // It names the delivered rows of the last minutes.
    private const int LongestCursor = 6000;
    private static readonly TimeSpan Furthest = TimeSpan.FromDays(31);

    internal static ApiEndpoint List { get; } =
        new ApiEndpoint(
            nameof(ListEvents),
            "get",
            "events",
            "All events, oldest first: decisions, orders and observations of cycles; schedule runs with their lateness; "
                + "changes and their authors."
        )
        {
            Tag = "engine",
            Query =
            [
                Field.Text(
                    "since",
                    "Where to start without a cursor, at most 31 days back: a time, a day (New York), or an age such as 90s, 15m, "
                        + "2h or 3d.",
                    64
                ) with
                {
                    Default = "1d",
                },
                Field.Text("strategy_id", "Only events of this strategy.", StrategyValidation.MaxId),
            ],
            Response = typeof(EventListView),
        }.Paged(LongestCursor);

    /// <summary>Lists what happened.</summary>
    [Function(nameof(ListEvents))]
    public async Task<IResult> ListEvents([HttpTrigger(AuthorizationLevel.Function, "get", Route = "events")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, List);
        var (since, strategy) = (input.Query.Text("since") ?? "1d", input.Query.Text("strategy_id"));
        var list = $"events {strategy}";
        var page = await log.ReadAsync(
            Since(since),
            strategy,
            cursors.Read(list, input.Query.Text("cursor")),
            input.Limit,
            input.Cancellation
        );
        var cursor = cursors.Write(list, page.Cursor)!;
        return ApiResult.Of(
            new EventListView([.. page.Items.Select(EventView.Of)], page.Items.Count, page.HasMore ? cursor : null, cursor, page.HeldBack)
        );
    }

    private DateTimeOffset Since(string text)
    {
        var now = clock.GetUtcNow();
        DateTimeOffset? at =
            MisfireWindow.TryParse(text, out var ago) && ago >= TimeSpan.Zero && ago < Furthest
                ? now - ago
                : TypedTime.ReadBound(text, isEnd: false, LocalTimes.FindZone(ScheduleSpec.NewYork)!, now).At;
        return at >= now - Furthest
            ? at.Value
            : throw new RefusedException(
                Refusal.Invalid,
                "VALIDATION_ERROR",
                "since must be a time in the last 31 days: 2026-02-13 09:30, 2026-02-13, today, 90s, 15m, 2h or 3d."
            )
            {
                Fields = [new("since", FieldProblem.Malformed, "since must be a time in the last 31 days.")],
            };
    }
}
