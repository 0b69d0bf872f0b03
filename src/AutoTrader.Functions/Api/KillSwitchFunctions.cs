using AutoTrader.Core.Application;
using AutoTrader.Core.Ports;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api;

/// <summary>The kill switch: stops all buying until it is turned off, through every restart.</summary>
public sealed class KillSwitchFunctions(EngineService service)
{
    internal static ApiEndpoint Get { get; } =
        new(nameof(GetKillSwitch), "get", "engine/kill-switch", "Whether the kill switch is on, why, since when, and who turned it on.")
        {
            Headers = [Header.ETag],
            Tag = "engine",
            Answer = typeof(KillSwitchView),
        };

    internal static ApiEndpoint Put { get; } =
        new(
            nameof(PutKillSwitch),
            "put",
            "engine/kill-switch",
            "Turns the kill switch on or off. On: no entry is committed any more and working entries are canceled; protection runs on. "
                + "With flatten, what strategies hold is sold; unmanaged shares only with scope account. Off: due names the "
                + "strategies that may buy from the next cycle on."
        )
        {
            Headers = [Header.ETag],
            Tag = "engine",
            TakesIfMatch = true,
            Key = KeyUse.Optional,
            Body =
            [
                Field.Flag("on", "Whether it is to be on.") with
                {
                    Required = true,
                },
                Field.Text("reason", "Why; needed to turn it on.", 500) with
                {
                    Nullable = true,
                },
                Field.Flag("flatten", "Whether to sell what strategies hold.") with
                {
                    Default = "false",
                },
                Field.Choice("scope", "What flatten sells: what strategies hold, or unmanaged shares too.", "strategies", "account") with
                {
                    Default = "strategies",
                },
            ],
            Answer = typeof(KillSwitchView),
            MayBeAccepted = true,
            Refusals = [409, 412, 422, 429],
        };

    /// <summary>The kill switch.</summary>
    [Function(nameof(GetKillSwitch))]
    public async Task<IResult> GetKillSwitch(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "engine/kill-switch")] HttpRequest request
    )
    {
        var call = await ApiRequest.ReadAsync(request, Get);
        var state = await service.KillSwitchAsync(call.Cancellation);
        return ApiResult.Of(KillSwitchView.Of(state)).Tagged(state.Tag);
    }

    /// <summary>Turns it on or off. It holds when the answer is sent.</summary>
    [Function(nameof(PutKillSwitch))]
    public async Task<IResult> PutKillSwitch(
        [HttpTrigger(AuthorizationLevel.Function, "put", Route = "engine/kill-switch")] HttpRequest request
    )
    {
        var call = await ApiRequest.ReadAsync(request, Put);
        var (flatten, account) = (call.Body.Flag("flatten") ?? false, call.Body.Text("scope") == "account");
        if (call.Body.Flag("on") == false)
        {
            Require(!flatten && !call.Body.Has("scope"), "flatten", "flatten and scope are for turning the kill switch on.");
            var off = await service.TurnOffAsync(call.Caller, call.IfMatch, call.Cancellation);
            return ApiResult.Of(KillSwitchView.Of(off)).Tagged(off.Tag);
        }

        Require(flatten || !account, "scope", "scope account goes with flatten.");
        Require(call.Body.Text("reason") is { Length: > 0 }, "reason", "Give a reason: whoever finds the kill switch on must know why.");
        var (state, command) = await service.TurnOnAsync(
            call.Body.Text("reason")!,
            flatten,
            account,
            call.Command,
            call.IfMatch,
            call.Cancellation
        );
        var view = KillSwitchView.Of(state, command);
        return command is { Status: CommandStatus.Pending }
            ? ApiResult.Of(view, StatusCodes.Status202Accepted).With("Location", "/api/commands/" + command.Id).With("Retry-After", "2")
            : ApiResult.Of(view).Tagged(state.Tag);
    }

    private static void Require(bool holds, string field, string message)
    {
        if (!holds)
        {
            throw new RefusedException(Refusal.Invalid, "VALIDATION_ERROR", message) { Fields = [new(field, "contradiction", message)] };
        }
    }
}
