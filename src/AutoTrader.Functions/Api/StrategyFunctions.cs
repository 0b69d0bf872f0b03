using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Reports;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api;

/// <summary>Strategies: list, create, look at, change, delete.</summary>
public sealed class StrategyFunctions(
    StrategyService service,
    StrategyScheduleService schedules,
    StrategyWarnings warnings,
    Cursors cursors
)
{
    private const string StrategySchedule = "PUT or DELETE /api/strategies/{id}/schedule";

    internal static ApiEndpoint List { get; } =
        new ApiEndpoint(nameof(ListStrategies), "get", "strategies", "Strategies in the order of their ids.")
        {
            Tag = "strategies",
            Query =
            [
                Field.Text("symbol", "Only of this symbol.", 10),
                Field.Choice<StrategyType>("strategy_type", "Only of this type."),
                Field.Choice<StrategyPhase>("phase", "Only in this phase."),
                Field.Flag("enabled", "Only enabled ones, or only disabled ones."),
            ],
            Answer = typeof(ListView<StrategyResource>),
        }.Paged();

    internal static ApiEndpoint Create { get; } =
        new(
            nameof(CreateStrategy),
            "post",
            "strategies",
            "Creates a strategy. What its type needs and is not given gets a default; warnings say what to know about it."
        )
        {
            Headers = [Header.Location, Header.ETag],
            Tag = "strategies",
            Body = StrategyBody.ForCreate,
            Answer = typeof(StrategyResource),
            Status = StatusCodes.Status201Created,
            Refusals = [409, 422],
        };

    internal static ApiEndpoint Get { get; } =
        new(nameof(GetStrategy), "get", "strategies/{id}", "One strategy.")
        {
            Headers = [Header.ETag],
            Tag = "strategies",
            Answer = typeof(StrategyResource),
            Refusals = [404],
        };

    internal static ApiEndpoint Patch { get; } =
        new(
            nameof(PatchStrategy),
            "patch",
            "strategies/{id}",
            "Changes a definition: the fields that are given, null clears. While it trades its exits move (a stop falls with "
                + "allow_lower_stop only), and the rest stays."
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
            Answer = typeof(StrategyResource),
            Refusals = [404, 409, 412, 422],
        };

    internal static ApiEndpoint Delete { get; } =
        new(
            nameof(DeleteStrategy),
            "delete",
            "strategies/{id}",
            "Deletes a strategy; its orders are canceled. One that holds shares only with force: they become unmanaged and lose their "
                + "protection."
        )
        {
            Tag = "strategies",
            TakesIfMatch = true,
            Key = KeyUse.Optional,
            Query = [Field.Flag("force", "Whether to delete it although it holds shares.") with { Default = "false" }],
            Status = StatusCodes.Status204NoContent,
            MayBeAccepted = true,
            Refusals = [404, 409, 412, 429],
        };

    /// <summary>Lists strategies.</summary>
    [Function(nameof(ListStrategies))]
    public async Task<IResult> ListStrategies([HttpTrigger(AuthorizationLevel.Function, "get", Route = "strategies")] HttpRequest request)
    {
        var call = await ApiRequest.ReadAsync(request, List);
        var filter = new StrategyFilter(
            call.Query.Text("symbol")?.ToUpperInvariant(),
            call.Query.Choice<StrategyType>("strategy_type"),
            call.Query.Choice<StrategyPhase>("phase"),
            call.Query.Flag("enabled")
        );
        var list = $"strategies {filter}";
        var page = await service.ListAsync(filter, call.Limit, cursors.Read(list, call.Query.Text("cursor")), call.Cancellation);
        return ApiResult.Of(
            ListView<StrategyResource>.Of(
                (await service.WithWaitsAsync(page.Items, call.Cancellation)).Select(StrategyResource.Of),
                cursors.Write(list, page.Continuation)
            )
        );
    }

    /// <summary>Creates a strategy.</summary>
    [Function(nameof(CreateStrategy))]
    public async Task<IResult> CreateStrategy([HttpTrigger(AuthorizationLevel.Function, "post", Route = "strategies")] HttpRequest request)
    {
        var call = await ApiRequest.ReadAsync(request, Create);
        var row = await service.CreateAsync(StrategyBody.Draft(call.Body), call.Body.Whole("levels"), call.Caller, call.Cancellation);
        var told = (await warnings.OfAsync(row.Value, call.Cancellation)).Select(StrategyWarningView.Of);
        return ApiResult
            .Of(StrategyResource.Of(row) with { Warnings = [.. told] }, StatusCodes.Status201Created)
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
        var call = await ApiRequest.ReadAsync(request, Get);
        var row = (await service.WithWaitsAsync([await service.GetAsync(id, call.Cancellation)], call.Cancellation))[0];
        return ApiResult.Of(StrategyResource.Of(row)).Tagged(VersionTag.Of(row.Version));
    }

    /// <summary>Changes a definition.</summary>
    [Function(nameof(PatchStrategy))]
    public async Task<IResult> PatchStrategy(
        [HttpTrigger(AuthorizationLevel.Function, "patch", Route = "strategies/{id}")] HttpRequest request,
        string id
    )
    {
        var call = await ApiRequest.ReadChangeAsync(request, Patch, async token =>
        {
            var shown = (await service.WithWaitsAsync([await service.GetAsync(id, token)], token))[0];
            return (StrategyResource.Of(shown), shown.Version);
        });
        var row = await service.ChangeAsync(
            id,
            strategy => StrategyBody.Apply(strategy.Value, call.BodyOn(StrategyResource.Of(strategy))),
            call.Body.Flag("allow_lower_stop") ?? false,
            call.IfMatch,
            call.Caller,
            call.Cancellation
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
        var call = await ApiRequest.ReadAsync(request, Delete);
        var command = await service.AskAsync(
            new DeleteStrategy(id, call.Query.Flag("force") ?? false),
            call.Command,
            call.IfMatch,
            call.Cancellation
        );
        if (command.Status == CommandStatus.Pending)
        {
            return ApiResult.Accepted(command);
        }

        // Its orchestration finds nothing to fire.
        await schedules.ForgetAsync(id, call.Caller, call.Cancellation);
        return ApiResult.Empty();
    }
}
