using System.Globalization;
using AutoTrader.Core.Market;
using AutoTrader.Core.Notifications;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Application;

/// <summary>Which strategies are listed; null means all.</summary>
/// <param name="Symbol">Of this symbol.</param>
/// <param name="Type">Of this type.</param>
/// <param name="Phase">In this phase.</param>
/// <param name="Enabled">Enabled ones, or disabled ones.</param>
public sealed record StrategyFilter(string? Symbol = null, StrategyType? Type = null, StrategyPhase? Phase = null, bool? Enabled = null)
{
    /// <summary>Whether <paramref name="strategy"/> is listed.</summary>
    public bool Takes(Strategy strategy) =>
        (Symbol is null || strategy.Symbol == Symbol)
        && (Type is null || strategy.StrategyType == Type)
        && (Phase is null || strategy.Phase == Phase)
        && (Enabled is null || strategy.Enabled == Enabled);
}

/// <summary>
/// Operations on strategies for the API, schedules and imports. Definitions are written here under their version; everything that touches
/// orders or shares is a command to the engine.
/// </summary>
public sealed class StrategyService(
    ITradingStore store,
    IBroker broker,
    IMarketData market,
    CommandQueue commands,
    ChangeLog log,
    TimeProvider clock,
    RecordQueue records
)
{
    private string Account => broker.AccountKey;

    /// <summary>Strategies, ordered by id.</summary>
    public Task<Page<Row<Strategy>>> ListAsync(
        StrategyFilter filter,
        int pageSize,
        string? continuation,
        CancellationToken cancellationToken
    ) =>
        Paging.FilterAsync(
            (size, token) => store.ListAsync<Strategy>(Account, TradingKey.StrategyPrefix, size, token, cancellationToken),
            row => filter.Takes(row.Value),
            pageSize,
            continuation
        );

    /// <summary>One strategy.</summary>
    /// <exception cref="RefusedException">The id does not exist.</exception>
    public async Task<Row<Strategy>> GetAsync(string id, CancellationToken cancellationToken) =>
        (StrategyValidation.IsValidId(id) ? await store.ReadAsync<Strategy>(Account, TradingKey.Strategy(id), cancellationToken) : null)
        ?? throw NotFound(id);

    /// <summary>Strategies as people see them: those that wait for the kill switch or the daily loss limit say so.</summary>
    public async Task<IReadOnlyList<Row<Strategy>>> WithWaitsAsync(IReadOnlyList<Row<Strategy>> rows, CancellationToken cancellationToken)
    {
        if (!rows.Any(row => row.Value.WantsToEnter))
        {
            return rows;
        }

        string? why;
        try
        {
            why = (await store.ReadAsync<AccountState>(Account, TradingKey.Account, cancellationToken))?.Value.Barred(
                TradingCalendar.Nyse.TradingDay(clock.GetUtcNow())
            );
        }
        catch (UnreadableRowException)
        {
            // The engine takes it for a kill switch.
            why = "the account row cannot be read";
        }

        return why is null
            ? rows
            : [.. rows.Select(row => row.Value.WantsToEnter ? row with { Value = row.Value with { WaitingFor = why } } : row)];
    }

    /// <summary>Creates a strategy; what its type needs and is not given gets its default.</summary>
    /// <param name="draft">The definition; an empty id gets a new one.</param>
    /// <param name="levels">Levels of a grid that is to be laid around the present price.</param>
    /// <param name="caller">Who.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="RefusedException">The definition is unsound, the id exists, the symbol is taken or cannot be bought, or a grid's
    /// price cannot be had.</exception>
    public async Task<Row<Strategy>> CreateAsync(Strategy draft, int? levels, string caller, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var strategy = StrategyRules.Complete(draft) with
        {
            Id = draft.Id.Length == 0 ? StrategyRules.NewId() : draft.Id,
            Arm = ClientOrderIds.NewArm(),
            CreatedAt = now,
            UpdatedAt = now,
        };
        StrategyRules.Require(strategy);
        await RequireTradableAsync(strategy.Symbol, cancellationToken);
        if (levels is { } count)
        {
            RequireLadder(strategy);
            strategy = strategy with { GridConfig = await LadderAsync(strategy, count, cancellationToken) };
            StrategyRules.Require(strategy);
        }

        await RequireFreeSymbolAsync(strategy, cancellationToken);
        List<TradingWrite> group =
        [
            new(TradingKey.Strategy(strategy.Id), strategy, null),
            log.Trading(
                caller,
                "create_strategy",
                strategy.Id,
                StrategyRules
                    .Definition(strategy)
                    .Where(pair => pair.Value is not null)
                    .ToDictionary(pair => pair.Field, pair => pair.Value, StringComparer.Ordinal)
            ),
        ];
        if (NotificationComposer.OfStrategy(null, strategy) is { } notification)
        {
            group.Add(NotificationPublisher.Write(notification));
        }

        var result = await store.CommitAsync(Account, group, cancellationToken);
        if (result is not CommitResult.Committed { Versions: [{ } version, ..] })
        {
            throw new RefusedException(
                Refusal.Conflict,
                "STRATEGY_EXISTS",
                $"Strategy {strategy.Id} already exists. Choose another id, or change that strategy."
            );
        }

        return new(strategy, version);
    }

    /// <summary>Changes a definition.</summary>
    /// <param name="id">Which.</param>
    /// <param name="change">The new definition from the present one; its state must stay.</param>
    /// <param name="precondition">The versions that the change was made for; null for any.</param>
    /// <param name="caller">Who.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="RefusedException">It does not exist, is invalid, has another version, or conflicts with a running
    /// strategy.</exception>
    public Task<Row<Strategy>> ChangeAsync(
        string id,
        Func<Strategy, Strategy> change,
        Precondition? precondition,
        string caller,
        CancellationToken cancellationToken
    ) => ChangeAsync(id, row => change(row.Value), allowLowerStop: false, precondition, caller, cancellationToken);

    /// <summary>Changes a definition. It requests a cycle at once, which moves working exits.</summary>
    /// <param name="id">Which.</param>
    /// <param name="change">The new definition from the present one; its state must stay.</param>
    /// <param name="allowLowerStop">Whether the effective stop of a position may fall.</param>
    /// <param name="precondition">The versions that the change was made for; null for any.</param>
    /// <param name="caller">Who.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="RefusedException">It does not exist, is invalid, has another version, or conflicts with a running
    /// strategy.</exception>
    public async Task<Row<Strategy>> ChangeAsync(
        string id,
        Func<Row<Strategy>, Strategy> change,
        bool allowLowerStop,
        Precondition? precondition,
        string caller,
        CancellationToken cancellationToken
    )
    {
        var (row, movesExits) = await CommitAsync(id, change, allowLowerStop, precondition, caller, cancellationToken);
        if (!movesExits)
        {
            return row;
        }

        // Where another host runs one now, its next one moves them.
        await commands.RunCycleAsync(cancellationToken);
        return await GetAsync(id, cancellationToken);
    }

    private async Task<(Row<Strategy> Row, bool MovesExits)> CommitAsync(
        string id,
        Func<Row<Strategy>, Strategy> change,
        bool allowLowerStop,
        Precondition? precondition,
        string caller,
        CancellationToken cancellationToken
    )
    {
        using var turn = await records.EnterAsync(TradingKey.Strategy(id), cancellationToken);
        while (true)
        {
            var row = await GetAsync(id, cancellationToken);
            Precondition.Check(precondition, VersionTag.Of(row.Version));
            // Earlier versions accepted fields that the type does not use.
            var present = row with { Value = StrategyFields.WithoutUnused(row.Value) };
            var next = StrategyRules.Normalize(row.Value, change(present));
            StrategyRules.RequireNoWorse(row.Value, next);
            if (StrategyRules.Contradiction(row.Value, next, allowLowerStop) is { } refusal)
            {
                throw refusal;
            }

            if (next == row.Value)
            {
                return (row, false);
            }

            if (next.Symbol != row.Value.Symbol)
            {
                await RequireTradableAsync(next.Symbol, cancellationToken);
            }

            await RequireBelowMarketAsync(row.Value, next, cancellationToken);
            var changes = StrategyRules.Differences(row.Value, next);
            next = next with { UpdatedAt = clock.GetUtcNow() };
            var entry = log.Trading(
                caller,
                "update_strategy",
                id,
                changes.ToDictionary(it => it.Field, it => (string?)$"{it.From ?? "null"} -> {it.To ?? "null"}", StringComparer.Ordinal)
            );
            if (
                await store.CommitAsync(Account, [new(TradingKey.Strategy(id), next, row.Version), entry], cancellationToken)
                is CommitResult.Committed { Versions: [{ } version, ..] }
            )
            {
                return (new(next, version), next.ExitRevision != row.Value.ExitRevision);
            }

            await turn.OvertakenAsync(cancellationToken);
        }
    }

    /// <summary>Asks the engine for something that touches a strategy's orders or shares: enable, disable, pause, resume, close,
    /// delete.</summary>
    /// <param name="command">The command, with its strategy.</param>
    /// <param name="request">Who asks and how.</param>
    /// <param name="precondition">The expected versions; null for any.</param>
    /// <param name="cancellationToken">Cancels the waiting; the command stays.</param>
    /// <exception cref="RefusedException">There is no such strategy, its version is another, or the engine refused.</exception>
    public async Task<CommandEnvelope> AskAsync(
        StrategyCommand command,
        CommandRequest request,
        Precondition? precondition,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(request);
        var commandId = request.IdFor(command.Kind, command.StrategyId);
        if (request.Key is null || await commands.FindAsync(commandId, cancellationToken) is null)
        {
            Precondition.Check(precondition, VersionTag.Of((await GetAsync(command.StrategyId, cancellationToken)).Version));
        }

        var force = command is DeleteStrategy { Force: true };
        var result = await commands.AskAsync(
            new()
            {
                Id = commandId,
                Command = command,
                Reason = request.Reason,
                RequestHash = VersionTag.Of($"{command.Kind} {command.StrategyId} {force} {request.Reason}"),
                Caller = request.Caller,
                RequestedAt = clock.GetUtcNow(),
            },
            cancellationToken
        );
        return CommandQueue.Refused(result) is { } refusal ? throw refusal : result;
    }

    private static void RequireLadder(Strategy strategy)
    {
        var problem = strategy switch
        {
            { StrategyType: not StrategyType.Grid } => "levels are for strategy_type grid only.",
            { GridConfig: not null } => "Give levels, or grid_config with its own levels, not both.",
            _ => null,
        };
        if (problem is not null)
        {
            throw new RefusedException(Refusal.Invalid, "INVALID_STRATEGY_PARAMS", problem)
            {
                Fields = [new("levels", FieldProblem.Contradiction, problem)],
            };
        }
    }

    private static RefusedException NotFound(string id) =>
        new(
            Refusal.NotFound,
            "STRATEGY_NOT_FOUND",
            StrategyValidation.IsValidId(id)
                ? $"There is no strategy {id}. GET /api/strategies lists them."
                : "There is no such strategy. GET /api/strategies lists them."
        );

    private async Task<GridConfig> LadderAsync(Strategy strategy, int levels, CancellationToken cancellationToken)
    {
        var quotes = await market.GetQuotesAsync([strategy.Symbol], cancellationToken);
        return quotes.TryGetValue(strategy.Symbol, out var quote) && quote is { Bid: > 0 } && quote.Ask >= quote.Bid
            ? GridConfig.Around(quote.Mid, levels)
            : throw new RefusedException(
                Refusal.Unprocessable,
                "QUOTE_NOT_FOUND",
                $"There is no quote for {strategy.Symbol} to place {levels} levels around. Give grid_config, or omit levels: the "
                    + "first quote then places five."
            );
    }

    private async Task RequireTradableAsync(string symbol, CancellationToken cancellationToken)
    {
        if ((await TradableSymbols.ProblemsAsync(broker, market, [symbol], cancellationToken)).GetValueOrDefault(symbol) is { } problem)
        {
            throw new RefusedException(Refusal.Unprocessable, Attention.NotTradable, problem)
            {
                Fields = [new("symbol", Attention.NotTradable, problem)],
            };
        }
    }

    /// <summary>The strategy that keeps this one from being enabled on its symbol; null when none does.</summary>
    public async Task<string?> OccupantAsync(Strategy strategy, CancellationToken cancellationToken)
    {
        if (strategy.AllowSharedSymbol)
        {
            return null;
        }

        string? continuation = null;
        do
        {
            var page = await ListAsync(new(Symbol: strategy.Symbol, Enabled: true), 1000, continuation, cancellationToken);
            if (page.Items.FirstOrDefault(row => row.Value.Occupies(strategy)) is { } other)
            {
                return other.Value.Id;
            }

            continuation = page.Continuation;
        } while (continuation is not null);

        return null;
    }

    /// <summary>The current price of a symbol, in dollars; null when unavailable.</summary>
    public async Task<decimal?> PriceAsync(string symbol, CancellationToken cancellationToken)
    {
        try
        {
            var quotes = await market.GetQuotesAsync([symbol], cancellationToken);
            return quotes.TryGetValue(symbol, out var quote) && quote is { Bid: > 0 } && quote.Ask >= quote.Bid ? quote.Mid : null;
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    // A stop above the price sells at once; to sell, close the strategy. Without a price the engine decides.
    private async Task RequireBelowMarketAsync(Strategy current, Strategy next, CancellationToken cancellationToken)
    {
        var raised = ExitChange.DeclaredStop(next);
        if (
            current.Holding.Quantity <= 0
            || !(raised > (ExitChange.DeclaredStop(current) ?? 0))
            || !TradingCalendar.Nyse.IsOpen(clock.GetUtcNow())
            || await PriceAsync(current.Symbol, cancellationToken) is not { } price
            || price > raised
        )
        {
            return;
        }

        var field = ExitChange.StopField(current.StrategyType);
        var problem = string.Create(
            CultureInfo.InvariantCulture,
            $"{field} puts the stop at {raised:0.00##}, but the price is {price:0.00##}: {current.Id} would sell at once. "
                + $"Choose a stop below the price, or close the strategy."
        );
        throw new RefusedException(Refusal.Unprocessable, "STOP_BEYOND_MARKET", problem)
        {
            Fields = [new(field, FieldProblem.OutOfRange, problem)],
        };
    }

    private async Task RequireFreeSymbolAsync(Strategy strategy, CancellationToken cancellationToken)
    {
        if (strategy.Enabled && await OccupantAsync(strategy, cancellationToken) is { } other)
        {
            throw new RefusedException(
                Refusal.Conflict,
                "SYMBOL_TAKEN",
                $"{other} already trades {strategy.Symbol}. Set allow_shared_symbol on both, or create this one with enabled false."
            );
        }
    }
}

/// <summary>Who asks the engine for something.</summary>
/// <param name="Caller">Who.</param>
/// <param name="Key">The idempotency key; null for a request that is its own.</param>
/// <param name="Reason">Why, in a sentence.</param>
public sealed record CommandRequest(string Caller, string? Key = null, string? Reason = null)
{
    /// <summary>After this instant (UTC) it must not start; null for no limit.</summary>
    public DateTimeOffset? Latest { get; init; }

    /// <summary>Before this instant (UTC) the key cannot have been used; null when that is not known.</summary>
    public DateTimeOffset? KeySince { get; init; }

    /// <summary>Whether it waits however many others do: schedules are due in any number at once.</summary>
    public bool InTurn { get; init; }

    // Sorts by time: one caller's commands run in their order.
    private readonly string _own = Guid.CreateVersion7().ToString("N");

    /// <summary>The id of the command: the same for the same caller, key and target.</summary>
    public string IdFor(CommandKind kind, string? target) => Key is null ? _own : VersionTag.Of($"{Caller}\n{Key}\n{kind}\n{target}");
}
