using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Schedules;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api;

/// <summary>The kill switch: stops all buying until it is turned off, through every restart.</summary>
public sealed class KillSwitchFunctions(KillSwitchService service, ScheduleService schedules)
{
    private const int MostSchedules = 100;

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
            "Turns the kill switch on or off. On: no entry is committed any more and working entries are canceled; protection runs "
                + "on. With flatten, what strategies hold is sold; unmanaged shares only with scope account. due names the strategies "
                + "that wait for it or, off, may buy from the next cycle on; due_schedules those that buy or let buy, and when."
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
        return ApiResult.Of(await ViewAsync(state, null, call.Cancellation)).Tagged(state.Tag);
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
            var off = await service.TurnOffAsync(call.Command, call.IfMatch, call.Cancellation);
            return ApiResult.Of(await ViewAsync(off, null, call.Cancellation)).Tagged(off.Tag);
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
        var view = await ViewAsync(state, command, call.Cancellation);
        return command is { Status: CommandStatus.Pending }
            ? ApiResult.Of(view, StatusCodes.Status202Accepted).With("Location", "/api/commands/" + command.Id).With("Retry-After", "2")
            : ApiResult.Of(view).Tagged(state.Tag);
    }

    private async Task<KillSwitchView> ViewAsync(KillSwitchState state, CommandEnvelope? flatten, CancellationToken cancellationToken) =>
        KillSwitchView.Of(state, await BuyingAsync(cancellationToken), flatten);

    // What a schedule would buy next, or let buy. The switch was set or lifted whatever becomes of this.
    private async Task<IReadOnlyList<Schedule>> BuyingAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await schedules.ListBuyingAsync(MostSchedules, cancellationToken);
        }
        catch (StorageUnavailableException)
        {
            return [];
        }
    }

    private static void Require(bool holds, string field, string message)
    {
        if (!holds)
        {
            throw new RefusedException(Refusal.Invalid, "VALIDATION_ERROR", message) { Fields = [new(field, "contradiction", message)] };
        }
    }
}
