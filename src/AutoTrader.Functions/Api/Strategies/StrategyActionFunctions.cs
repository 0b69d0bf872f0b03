using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Reports;
using AutoTrader.Core.Ports;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api.Strategies;

/// <summary>Actions on a strategy: each is a command to the engine, because it touches orders.</summary>
public sealed class StrategyActionFunctions(StrategyService service, StrategyWarnings warnings)
{
    internal static ApiEndpoint Enable { get; } =
        Action(nameof(EnableStrategy), "enable", "Lets a strategy enter; rearms one that completed or failed.");

    internal static ApiEndpoint Disable { get; } =
        Action(
            nameof(DisableStrategy),
            "disable",
            "Stops a strategy's entries until it is enabled; working entries are canceled, protection stays."
        );

    internal static ApiEndpoint Pause { get; } =
        Action(
            nameof(PauseStrategy),
            "pause",
            "Stops a strategy's entries until it is resumed; working entries are canceled, protection stays."
        );

    internal static ApiEndpoint Resume { get; } = Action(nameof(ResumeStrategy), "resume", "Resumes a paused strategy where it stopped.");

    internal static ApiEndpoint Close { get; } =
        Action(
            nameof(CloseStrategy),
            "close",
            "Cancels a strategy's orders and sells its shares at market; outside the session at the next open, protected until then."
        );

    /// <summary>Lets a strategy enter.</summary>
    [Function(nameof(EnableStrategy))]
    public Task<IResult> EnableStrategy(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "strategies/{id}/enable")] HttpRequest request,
        string id
    ) => AskAsync(request, Enable, new EnableStrategy(id));

    /// <summary>Stops a strategy's entries.</summary>
    [Function(nameof(DisableStrategy))]
    public Task<IResult> DisableStrategy(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "strategies/{id}/disable")] HttpRequest request,
        string id
    ) => AskAsync(request, Disable, new DisableStrategy(id));

    /// <summary>Pauses a strategy.</summary>
    [Function(nameof(PauseStrategy))]
    public Task<IResult> PauseStrategy(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "strategies/{id}/pause")] HttpRequest request,
        string id
    ) => AskAsync(request, Pause, new PauseStrategy(id));

    /// <summary>Resumes a paused strategy.</summary>
    [Function(nameof(ResumeStrategy))]
    public Task<IResult> ResumeStrategy(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "strategies/{id}/resume")] HttpRequest request,
        string id
    ) => AskAsync(request, Resume, new ResumeStrategy(id));

    /// <summary>Sells what a strategy holds.</summary>
    [Function(nameof(CloseStrategy))]
    public Task<IResult> CloseStrategy(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "strategies/{id}/close")] HttpRequest request,
        string id
    ) => AskAsync(request, Close, new CloseStrategy(id));

    private static ApiEndpoint Action(string function, string action, string summary) =>
        new(function, "post", "strategies/{id}/" + action, summary)
        {
            Headers = [Header.ETag],
            Tag = "strategies",
            TakesIfMatch = true,
            Key = KeyUse.Optional,
            Body = [Field.Text("reason", "The reason, shown with every effect.", 500)],
            BodyOptional = true,
            Response = typeof(ActionView),
            MayBeAccepted = true,
            Refusals = [404, 409, 412, 422, 429],
        };

    private async Task<IResult> AskAsync(HttpRequest request, ApiEndpoint endpoint, StrategyCommand command)
    {
        var input = await ApiRequest.ReadAsync(request, endpoint);
        var result = await service.AskAsync(command, input.Command, input.IfMatch, input.Cancellation);
        if (result.Status == CommandStatus.Pending)
        {
            return ApiResult.Accepted(result);
        }

        var row = await service.GetAsync(command.StrategyId, input.Cancellation);
        IReadOnlyList<StrategyWarningView>? warned =
            command is EnableStrategy ? [.. (await warnings.OfAsync(row.Value, input.Cancellation)).Select(StrategyWarningView.Of)] : null;
        return ApiResult.Of(new ActionView(result.Outcome, StrategyResource.Of(row), warned)).Tagged(VersionTag.Of(row.Version));
    }
}
