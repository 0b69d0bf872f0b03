using System.ComponentModel;
using AutoTrader.Cli.Client;
using AutoTrader.Contracts;

namespace AutoTrader.Cli.Mcp.Tools;

/// <summary>Strategies.</summary>
internal static class StrategyTools
{
    public static IEnumerable<TraderTool> Of(ToolHost host) =>
        [
            TraderTool.Of<NoArguments, StrategyList>(
                host,
                "list_strategies",
                Access.Read,
                Hints.Looks,
                "All strategies: their definitions and where they stand.",
                async (call, _) =>
                {
                    var all = await call.AllAsync(
                        (limit, cursor) => call.Api.ListStrategiesAsync(limit: limit, cursor: cursor, cancellationToken: call.Cancellation)
                    );
                    return new(all, all.Count);
                }
            ),
            TraderTool.Of<StrategyArguments, StrategyResource>(
                host,
                "get_strategy",
                Access.Read,
                Hints.Looks,
                "One strategy: its definition and where it stands.",
                (call, it) => call.WaitAsync(call.Api.GetStrategyAsync(it.StrategyId, call.Cancellation))
            ),
            TraderTool.Of<CreateArguments, StrategyResource>(
                host,
                "create_strategy",
                Access.Manage,
                Hints.Adds,
                "Creates a strategy, which trades by its rules from the next cycle on unless enabled is false. Percentages are percent "
                    + "numbers: 5 is 5 %, 0.5 is half a percent. warnings say what its owner should know.",
                CreateAsync
            ),
            TraderTool.Of<RemoveArguments, Removed>(
                host,
                "remove_strategy",
                Access.Manage,
                Hints.Ends,
                "Removes a strategy that holds no shares; its orders are canceled.",
                RemoveAsync
            ),
            TraderTool.Of<ActArguments, Acted>(
                host,
                "pause_strategy",
                Access.Manage,
                Hints.Sets,
                "Stops a strategy's entries until it is resumed; protection runs on.",
                (call, it) => ActAsync(call, it, call.Api.PauseStrategyAsync, strategy => strategy.Paused ? "paused" : "not_paused")
            ),
            TraderTool.Of<ActArguments, Acted>(
                host,
                "resume_strategy",
                Access.Manage,
                Hints.Sets,
                "Lets a paused strategy go on where it was.",
                (call, it) => ActAsync(call, it, call.Api.ResumeStrategyAsync, strategy => strategy.Paused ? "paused" : "resumed")
            ),
            TraderTool.Of<EnabledArguments, Acted>(
                host,
                "set_strategy_enabled",
                Access.Manage,
                Hints.Sets,
                "Lets a strategy enter, or stops its entries; protection runs on. One that completed or failed is armed anew.",
                (call, it) =>
                    ActAsync(
                        call,
                        new(it.StrategyId, it.Reason, it.IdempotencyKey),
                        it.Enabled ? call.Api.EnableStrategyAsync : call.Api.DisableStrategyAsync,
                        strategy => strategy.Enabled ? "enabled" : "disabled"
                    )
            ),
        ];

    private static async Task<Acted> ActAsync(
        ToolCall call,
        ActArguments it,
        Func<string, ReasonRequest, string?, string?, CancellationToken, Task<ActionView>> act,
        Func<StrategyResource, string> status
    )
    {
        await call.ActAsync();
        var stored = await call.WaitAsync(act(it.StrategyId, new(it.Reason), ToolCall.Key(it.IdempotencyKey), null, call.Cancellation));
        return Acted.Of(stored, status(stored.Strategy));
    }

    private static async Task<StrategyResource> CreateAsync(ToolCall call, CreateArguments it)
    {
        var request = StrategyDraft.Of(
            it.StrategyType,
            it.Symbol,
            it.Id,
            it.Qty,
            it.TrailingPct,
            it.PullbackPct,
            it.TakeProfit,
            it.StopLoss,
            it.EntryPrice,
            it.Levels,
            it.Enabled,
            it.EntryCondition
        );
        await call.ActAsync();
        return await call.WaitAsync(call.Api.CreateStrategyAsync(request, call.Cancellation));
    }

    private static async Task<Removed> RemoveAsync(ToolCall call, RemoveArguments it)
    {
        await call.ActAsync();
        await call.WaitAsync(
            call.Api.DeleteStrategyAsync(it.StrategyId, null, ToolCall.Key(it.IdempotencyKey), cancellationToken: call.Cancellation)
        );
        try
        {
            // The engine cancels its orders first.
            var left = await call.WaitAsync(call.Api.GetStrategyAsync(it.StrategyId, call.Cancellation));
            return new("removing", left.Id, left);
        }
        catch (Exception failure)
            when (failure
                    is CommandException { Code: ExitCode.NotFound }
                        or { InnerException: CommandException { Code: ExitCode.NotFound } }
            )
        {
            return new("removed", it.StrategyId, null);
        }
    }

    private sealed record StrategyArguments([Description(Texts.StrategyId)] string StrategyId);

    private sealed record ActArguments(
        [Description(Texts.StrategyId)] string StrategyId,
        [Description(Texts.Reason)] string? Reason = null,
        [Description(Texts.Key)] string? IdempotencyKey = null
    );

    private sealed record EnabledArguments(
        [Description(Texts.StrategyId)] string StrategyId,
        [Description("Whether it may enter.")] bool Enabled,
        [Description(Texts.Reason)] string? Reason = null,
        [Description(Texts.Key)] string? IdempotencyKey = null
    );

    private sealed record RemoveArguments(
        [Description(Texts.StrategyId)] string StrategyId,
        [Description(Texts.Key)] string? IdempotencyKey = null
    );

    private sealed record CreateArguments(
        [Description("trailing-stop, bracket, scale-out, grid or pullback-trailing.")] string StrategyType,
        [Description(Texts.Symbol)] string Symbol,
        [Description("Shares to buy; not of a grid, which buys per level. Default: 1.")] int? Qty = null,
        [Description("Distance of the trailing stop in percent.")] decimal? TrailingPct = null,
        [Description("The dip that pullback-trailing buys, in percent. Default: 5.")] decimal? PullbackPct = null,
        [Description("Profit at which a bracket sells, in percent.")] decimal? TakeProfit = null,
        [Description("Loss at which a bracket or scale-out sells, in percent.")] decimal? StopLoss = null,
        [Description("Enter with a limit order at this price in dollars.")] decimal? EntryPrice = null,
        [Description("Enter at market under a condition: below:PRICE, above:PRICE, or indicators such as rsi:14 < 30 @15Min.")]
            string? EntryCondition = null,
        [Description("Levels of a grid around the present price.")] int? Levels = null,
        [Description("An id of your own: then the same call again makes no second strategy. Default: a new one.")] string? Id = null,
        [Description("Whether it may enter.")] bool Enabled = true
    );

    private sealed record StrategyList(IReadOnlyList<StrategyResource> Strategies, int Count);

    private sealed record Acted(
        string Status,
        string StrategyId,
        string Phase,
        string? Outcome,
        StrategyResource Strategy,
        IReadOnlyList<StrategyWarningView>? Warnings
    )
    {
        public static Acted Of(ActionView stored, string status) =>
            new(
                status,
                stored.Strategy.Id,
                Core.Orders.WireNames.Of(stored.Strategy.Phase),
                stored.Outcome,
                stored.Strategy,
                stored.Warnings
            );
    }

    private sealed record Removed(string Status, string StrategyId, StrategyResource? Strategy);
}
