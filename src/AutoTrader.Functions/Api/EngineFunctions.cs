using AutoTrader.Core.Application;
using AutoTrader.Core.Ports;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api;

/// <summary>The engine: how it is doing, and a cycle now.</summary>
public sealed class EngineFunctions(EngineService service)
{
    internal static ApiEndpoint Get { get; } =
        new(
            nameof(GetEngine),
            "get",
            "engine",
            "The engine's status: lease holder, kill switch, market, latest cycles, and everything that needs attention."
        )
        {
            Tag = "engine",
            Response = typeof(EngineView),
        };

    internal static ApiEndpoint Run { get; } =
        new(nameof(RunEngine), "post", "engine/run", "Runs a cycle now. With dry_run nothing changes and the response lists the decisions.")
        {
            Tag = "engine",
            Query = typeof(DryRunQuery),
            Response = typeof(CycleView),
            Refusals = [409, 503],
        };

    internal static ApiEndpoint Release { get; } =
        new(
            nameof(ReleaseHold),
            "post",
            "engine/holds/{symbol}/release",
            "Releases a symbol's hold for a corporate action after you checked it; its current quantities and prices apply."
        )
        {
            Tag = "engine",
            Key = KeyUse.Optional,
            Body = typeof(ReasonRequest),
            BodyOptional = true,
            Response = typeof(CommandView),
            MayBeAccepted = true,
            Refusals = [404, 409, 422, 429],
        };

    /// <summary>How the engine is doing.</summary>
    [Function(nameof(GetEngine))]
    public async Task<IResult> GetEngine([HttpTrigger(AuthorizationLevel.Function, "get", Route = "engine")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, Get);
        return ApiResult.Of(EngineView.Of(await service.StatusAsync(input.Cancellation)));
    }

    /// <summary>Runs a cycle now.</summary>
    [Function(nameof(RunEngine))]
    public async Task<IResult> RunEngine([HttpTrigger(AuthorizationLevel.Function, "post", Route = "engine/run")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, Run);
        var dryRun = input.Query<DryRunQuery>().DryRun ?? false;
        var result = await service.RunAsync(dryRun, input.Caller, input.Cancellation);
        return ApiResult.Of(CycleView.Of(result, dryRun));
    }

    /// <summary>Lets a held symbol be decided about again.</summary>
    [Function(nameof(ReleaseHold))]
    public async Task<IResult> ReleaseHold(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "engine/holds/{symbol}/release")] HttpRequest request,
        string symbol
    )
    {
        var input = await ApiRequest.ReadAsync(request, Release);
        var sender = input.Command(input.Body<ReasonRequest>().Reason.Value);
        var command = await service.ReleaseHoldAsync(symbol.ToUpperInvariant(), sender, input.Cancellation);
        return command.Status == CommandStatus.Pending ? ApiResult.Accepted(command) : ApiResult.Of(CommandView.Of(command));
    }
}
