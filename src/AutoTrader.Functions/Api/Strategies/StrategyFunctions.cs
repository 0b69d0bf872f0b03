using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Reports;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api.Strategies;

/// <summary>Strategies: list, create, read, change, delete.</summary>
public sealed class StrategyFunctions(
    StrategyService service,
    StrategyScheduleService schedules,
    StrategyWarnings warnings,
    Cursors cursors
)
{
    private const string StrategySchedule = "PUT or DELETE /api/strategies/{id}/schedule";

    internal static ApiEndpoint List { get; } =
        new ApiEndpoint(nameof(ListStrategies), "get", "strategies", "Strategies, ordered by id.")
        {
            Tag = "strategies",
            Query =
            [
                Field.Text("symbol", "Only for this symbol.", 10),
                Field.Choice<StrategyType>("strategy_type", "Only of this type."),
                Field.Choice<StrategyPhase>("phase", "Only in this phase."),
                Field.Flag("enabled", "Only enabled ones, or only disabled ones."),
            ],
            Response = typeof(ListView<StrategyResource>),
        }.Paged();

    internal static ApiEndpoint Create { get; } =
        new(
            nameof(CreateStrategy),
            "post",
            "strategies",
            "Creates a strategy. Missing fields that its type needs get defaults; warnings list possible problems."
        )
        {
            Headers = [Header.Location, Header.ETag],
            Tag = "strategies",
            Body = StrategyBody.ForCreate,
            Response = typeof(StrategyResource),
            Status = StatusCodes.Status201Created,
            Refusals = [409, 422],
        };

    internal static ApiEndpoint Get { get; } =
        new(nameof(GetStrategy), "get", "strategies/{id}", "One strategy.")
        {
            Headers = [Header.ETag],
            Tag = "strategies",
            Response = typeof(StrategyResource),
            Refusals = [404],
        };

    internal static ApiEndpoint Patch { get; } =
        new(
            nameof(PatchStrategy),
            "patch",
            "strategies/{id}",
            "Changes the given fields of a strategy; null clears a field. While it trades only exits can change (a stop may fall only with "
                + "allow_lower_stop)."
        )
        {
            Headers = [Header.ETag],
            Tag = "strategies",
            TakesIfMatch = true,
            Body = StrategyBody.ForPatch,
            ChangedBy = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["enabled"] = "POST /api/strategies/{id}/enable or /api/strategies/{id}/disable",
                ["paused"] = "POST /api/strategies/{id}/pause or /api/strategies/{id}/resume",
                ["pause_reason"] = "POST /api/strategies/{id}/pause or /api/strategies/{id}/resume",
                ["schedule_at"] = StrategySchedule,
                ["schedule_enabled"] = StrategySchedule,
                ["schedule_cron"] = StrategySchedule,
                ["schedule_market"] = StrategySchedule,
            },
            Response = typeof(StrategyResource),
            Refusals = [404, 409, 412, 422],
        };

    internal static ApiEndpoint Delete { get; } =
        new(
            nameof(DeleteStrategy),
            "delete",
            "strategies/{id}",
            "Deletes a strategy and cancels its orders. One that holds shares needs force: its shares become unmanaged and lose their "
                + "protection."
        )
        {
            Tag = "strategies",
            TakesIfMatch = true,
            Key = KeyUse.Optional,
            Query = [Field.Flag("force", "Delete it even if it holds shares.") with { Default = "false" }],
            Status = StatusCodes.Status204NoContent,
            MayBeAccepted = true,
            Refusals = [404, 409, 412, 429],
        };

    /// <summary>Lists strategies.</summary>
    [Function(nameof(ListStrategies))]
    public async Task<IResult> ListStrategies([HttpTrigger(AuthorizationLevel.Function, "get", Route = "strategies")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, List);
        var filter = new StrategyFilter(
            input.Query.Text("symbol")?.ToUpperInvariant(),
            input.Query.Choice<StrategyType>("strategy_type"),
            input.Query.Choice<StrategyPhase>("phase"),
            input.Query.Flag("enabled")
        );
        var list = $"strategies {filter}";
        var page = await service.ListAsync(filter, input.Limit, cursors.Read(list, input.Query.Text("cursor")), input.Cancellation);
        return ApiResult.Of(
            ListView<StrategyResource>.Of(
                (await service.WithWaitsAsync(page.Items, input.Cancellation)).Select(StrategyResource.Of),
                cursors.Write(list, page.Continuation)
            )
        );
    }

    /// <summary>Creates a strategy.</summary>
    [Function(nameof(CreateStrategy))]
    public async Task<IResult> CreateStrategy([HttpTrigger(AuthorizationLevel.Function, "post", Route = "strategies")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, Create);
        var row = await service.CreateAsync(StrategyBody.Draft(input.Body), input.Body.Whole("levels"), input.Caller, input.Cancellation);
        var warned = (await warnings.OfAsync(row.Value, input.Cancellation)).Select(StrategyWarningView.Of);
        return ApiResult
            .Of(StrategyResource.Of(row) with { Warnings = [.. warned] }, StatusCodes.Status201Created)
            .With("Location", "/api/strategies/" + row.Value.Id)
            .Tagged(VersionTag.Of(row.Version));
    }

    /// <summary>One strategy.</summary>
    [Function(nameof(GetStrategy))]
    public async Task<IResult> GetStrategy(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "strategies/{id}")] HttpRequest request,
        string id
    )
    {
        var input = await ApiRequest.ReadAsync(request, Get);
        var row = (await service.WithWaitsAsync([await service.GetAsync(id, input.Cancellation)], input.Cancellation))[0];
        return ApiResult.Of(StrategyResource.Of(row)).Tagged(VersionTag.Of(row.Version));
    }

    /// <summary>Changes a definition.</summary>
    [Function(nameof(PatchStrategy))]
    public async Task<IResult> PatchStrategy(
        [HttpTrigger(AuthorizationLevel.Function, "patch", Route = "strategies/{id}")] HttpRequest request,
        string id
    )
    {
        var input = await ApiRequest.ReadChangeAsync(request, Patch, async token =>
        {
            var shown = (await service.WithWaitsAsync([await service.GetAsync(id, token)], token))[0];
            return (StrategyResource.Of(shown), shown.Version);
        });
        var row = await service.ChangeAsync(
            id,
            strategy => StrategyBody.Apply(strategy.Value, input.BodyOn(StrategyResource.Of(strategy))),
            input.Body.Flag("allow_lower_stop") ?? false,
            input.IfMatch,
            input.Caller,
            input.Cancellation
        );
        return ApiResult.Of(StrategyResource.Of(row)).Tagged(VersionTag.Of(row.Version));
    }

    /// <summary>Deletes a strategy.</summary>
    [Function(nameof(DeleteStrategy))]
    public async Task<IResult> DeleteStrategy(
        [HttpTrigger(AuthorizationLevel.Function, "delete", Route = "strategies/{id}")] HttpRequest request,
        string id
    )
    {
        var input = await ApiRequest.ReadAsync(request, Delete);
        var command = await service.AskAsync(
            new DeleteStrategy(id, input.Query.Flag("force") ?? false),
            input.Command,
            input.IfMatch,
            input.Cancellation
        );
        if (command.Status == CommandStatus.Pending)
        {
            return ApiResult.Accepted(command);
        }

        // Its orchestration finds nothing to fire.
        await schedules.ForgetAsync(id, input.Caller, input.Cancellation);
        return ApiResult.Empty();
    }
}
