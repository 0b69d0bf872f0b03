using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Schedules;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api.Trading;

/// <summary>The kill switch: stops all buying until it is turned off, through every restart.</summary>
public sealed class KillSwitchFunctions(KillSwitchService service, ScheduleService schedules)
{
    private const int MostSchedules = 100;

    internal static ApiEndpoint Get { get; } =
        new(nameof(GetKillSwitch), "get", "engine/kill-switch", "Whether the kill switch is on, why, since when, and who turned it on.")
        {
            Headers = [Header.ETag],
            Tag = "engine",
            Response = typeof(KillSwitchView),
        };

    internal static ApiEndpoint Put { get; } =
        new(
            nameof(PutKillSwitch),
            "put",
            "engine/kill-switch",
            "Turns the kill switch on or off. On: no new entries, working entries are canceled, protection "
                + "stays. flatten sells all strategies' shares, and with scope account unmanaged shares too. due names the strategies "
                + "that wait for it or, when off, may buy from the next cycle; due_schedules lists the schedules that buy or "
                + "allow buying, and when."
        )
        {
            Headers = [Header.ETag],
            Tag = "engine",
            TakesIfMatch = true,
            Key = KeyUse.Optional,
            Body =
            [
                Field.Flag("on", "Whether the kill switch should be on.") with
                {
                    Required = true,
                },
                Field.Text("reason", "The reason; required to turn it on.", 500) with
                {
                    Nullable = true,
                },
                Field.Flag("flatten", "Also sell all strategies' shares.") with
                {
                    Default = "false",
                },
                Field.Choice("scope", "What flatten sells: strategies' shares only, or unmanaged shares too.", "strategies", "account") with
                {
                    Default = "strategies",
                },
            ],
            Response = typeof(KillSwitchView),
            MayBeAccepted = true,
            Refusals = [409, 412, 422, 429],
        };

    /// <summary>The kill switch.</summary>
    [Function(nameof(GetKillSwitch))]
    public async Task<IResult> GetKillSwitch(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "engine/kill-switch")] HttpRequest request
    )
    {
        var input = await ApiRequest.ReadAsync(request, Get);
        var state = await service.KillSwitchAsync(input.Cancellation);
        return ApiResult.Of(await ViewAsync(state, null, input.Cancellation)).Tagged(state.Tag);
    }

    /// <summary>Turns it on or off. It holds when the answer is sent.</summary>
    [Function(nameof(PutKillSwitch))]
    public async Task<IResult> PutKillSwitch(
        [HttpTrigger(AuthorizationLevel.Function, "put", Route = "engine/kill-switch")] HttpRequest request
    )
    {
        var input = await ApiRequest.ReadAsync(request, Put);
        var (flatten, account) = (input.Body.Flag("flatten") ?? false, input.Body.Text("scope") == "account");
        if (input.Body.Flag("on") == false)
        {
            Require(!flatten && !input.Body.Has("scope"), "flatten", "flatten and scope are only valid with the kill switch on.");
            var off = await service.TurnOffAsync(input.Command, input.IfMatch, input.Cancellation);
            return ApiResult.Of(await ViewAsync(off, null, input.Cancellation)).Tagged(off.Tag);
        }

        Require(flatten || !account, "scope", "scope account needs flatten.");
        Require(input.Body.Text("reason") is { Length: > 0 }, "reason", "Give a reason, so that others know why the kill switch is on.");
        var (state, command) = await service.TurnOnAsync(
            input.Body.Text("reason")!,
            flatten,
            account,
            input.Command,
            input.IfMatch,
            input.Cancellation
        );
        var view = await ViewAsync(state, command, input.Cancellation);
        return command is { Status: CommandStatus.Pending }
            ? ApiResult.Of(view, StatusCodes.Status202Accepted).With("Location", "/api/commands/" + command.Id).With("Retry-After", "2")
            : ApiResult.Of(view).Tagged(state.Tag);
    }

    private async Task<KillSwitchView> ViewAsync(KillSwitchState state, CommandEnvelope? flatten, CancellationToken cancellationToken) =>
        KillSwitchView.Of(state, await BuyingAsync(cancellationToken), flatten);

    // What schedules would buy next, or allow to buy. The switch has changed even if this fails.
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
