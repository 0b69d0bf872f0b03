using AutoTrader.Core.Engine;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Application;

/// <summary>How long the queue waits for another host's cycle.</summary>
public sealed record CommandTimeouts
{
    /// <summary>In all (wall clock).</summary>
    public TimeSpan AtMost { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>From one look to the next (wall clock).</summary>
    public TimeSpan Between { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Requests that may wait at once in this process; more are refused.</summary>
    public int Waiting { get; init; } = 100;
}

/// <summary>
/// Hands commands to the holder of the engine lease (docs/trading-rules.md, "Single writer"): writes the command, requests a cycle at once,
/// and waits a few seconds for the outcome.
/// </summary>
public sealed class CommandQueue
{
    private const int Looks = 4;

    private readonly ITradingStore _store;
    private readonly IBroker _broker;
    private readonly CommandTimeouts _patience;
    private readonly CoalescingRunner<CycleResult> _cycles;
    private CycleResult? _before;
    private CycleResult? _last;
    private int _waiting;

    /// <summary>Makes the queue.</summary>
    public CommandQueue(ITradingStore store, IBroker broker, IEvaluationCycle cycles, CommandTimeouts patience)
    {
        (_store, _broker, _patience) = (store, broker, patience);
        _cycles = new(async () =>
        {
            var result = await cycles.RunAsync(new(null, "command"), CancellationToken.None);
            (_before, _last) = (_last, result);
            return result;
        });
    }

    /// <summary>Sends <paramref name="command"/>. Sending the same command (by id) again has no effect.</summary>
    /// <returns>The command with its outcome; <see cref="CommandStatus.Pending"/> when it is not known yet.</returns>
    /// <exception cref="RefusedException">The id was used for another request, or too many requests wait.</exception>
    public async Task<CommandEnvelope> AskAsync(CommandEnvelope command, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > _patience.Waiting)
        {
            Interlocked.Decrement(ref _waiting);
            throw new RefusedException(
                Refusal.TooMany,
                "RATE_LIMIT_EXCEEDED",
                "Too many commands are waiting for the engine. Try again in a few seconds."
            );
        }

        try
        {
            return await CarryAsync(command, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>Sends <paramref name="command"/> even if many others wait: for schedules, any number of which may be due at once.</summary>
    /// <returns>The command with its outcome; <see cref="CommandStatus.Pending"/> when it is not known yet.</returns>
    /// <exception cref="RefusedException">The id was used for another request.</exception>
    public async Task<CommandEnvelope> CarryAsync(CommandEnvelope command, CancellationToken cancellationToken) =>
        await WriteAsync(command, cancellationToken) is { Status: not CommandStatus.Pending } known
            ? known
            : await AwaitAsync(command, cancellationToken);

    /// <summary>Sends <paramref name="command"/>, one of many or <paramref name="inTurn"/>.</summary>
    internal Task<CommandEnvelope> AskAsync(CommandEnvelope command, bool inTurn, CancellationToken cancellationToken) =>
        inTurn ? CarryAsync(command, cancellationToken) : AskAsync(command, cancellationToken);

    /// <summary>Runs a cycle that starts after this call, shared by all concurrent callers.</summary>
    /// <returns>Whether it ran here; otherwise another host's cycle, or the one it starts next, does the work.</returns>
    public async Task<bool> RunCycleAsync(CancellationToken cancellationToken) =>
        (await _cycles.RunAsync(cancellationToken)).Outcome != CycleOutcome.HeldElsewhere;

    /// <summary>The command with an id.</summary>
    /// <exception cref="RefusedException">It does not exist: commands are kept for one hour after they ran.</exception>
    public async Task<CommandEnvelope> GetAsync(string id, CancellationToken cancellationToken) =>
        (RowKeys.IsSafe(id) ? await ReadAsync(id, cancellationToken) : null)
        ?? throw new RefusedException(Refusal.NotFound, "COMMAND_NOT_FOUND", "There is no such command; outcomes are kept for one hour.");

    /// <summary>The command with an id; null when there is none.</summary>
    public Task<CommandEnvelope?> FindAsync(string id, CancellationToken cancellationToken) => ReadAsync(id, cancellationToken);

    /// <summary>The exception for a refused command; null if it was not refused.</summary>
    public static RefusedException? Refused(CommandEnvelope command) =>
        command.Status != CommandStatus.Refused
            ? null
            : Words(command.Code ?? "UNEXPECTED", command.Outcome ?? "It was refused.", command.Command);

    private static RefusedException Words(string code, string message, EngineCommand command) =>
        code switch
        {
            "STRATEGY_NOT_FOUND" or "ORDER_NOT_FOUND" or "NOT_FOUND" => new(Refusal.NotFound, code, message),
            _ when command is PlaceOrder && code is not ("COMMAND_EXPIRED" or "VALIDATION_ERROR") => new(
                Refusal.Unprocessable,
                "ORDER_BLOCKED",
                message
            )
            {
                Rule = code,
            },
            "VALIDATION_ERROR" or Attention.NotTradable => new(Refusal.Unprocessable, code, message),
            _ => new(Refusal.Conflict, code, message),
        };

    private async Task<CommandEnvelope> WriteAsync(CommandEnvelope command, CancellationToken cancellationToken)
    {
        var result = await _store.CommitAsync(_broker.AccountKey, [new(TradingKey.Command(command.Id), command, null)], cancellationToken);
        if (result is CommitResult.Committed || await ReadAsync(command.Id, cancellationToken) is not { } earlier)
        {
            return command;
        }

        return earlier.RequestHash == command.RequestHash ? earlier : throw KeyReused();
    }

    /// <summary>The refusal of an idempotency key that was used for another request.</summary>
    public static RefusedException KeyReused() =>
        new(
            Refusal.Unprocessable,
            "IDEMPOTENCY_KEY_REUSED",
            "This Idempotency-Key was used for another request. Use a new key for a new request."
        );

    private async Task<CommandEnvelope> AwaitAsync(CommandEnvelope command, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        for (var look = 0; ; look++)
        {
            // The holder may have loaded its state before this command was written: then the next cycle is for us to start.
            var cycle = look % Looks == 0 ? await _cycles.RunAsync(cancellationToken) : null;
            // The previous cycle, which was running when the command was written, may also have run it.
            if (
                (cycle?.CommandResults.GetValueOrDefault(command.Id) ?? _before?.CommandResults.GetValueOrDefault(command.Id)) is
                { } answered
            )
            {
                return answered;
            }

            var ran = cycle is not null && cycle.Outcome != CycleOutcome.HeldElsewhere;
            var now = await ReadAsync(command.Id, cancellationToken) ?? command;
            if (now.Status != CommandStatus.Pending || ran || TimeProvider.System.GetElapsedTime(started) >= _patience.AtMost)
            {
                return now;
            }

            await Task.Delay(_patience.Between, TimeProvider.System, cancellationToken);
        }
    }

    private async Task<CommandEnvelope?> ReadAsync(string id, CancellationToken cancellationToken) =>
        (await _store.ReadAsync<CommandEnvelope>(_broker.AccountKey, TradingKey.Command(id), cancellationToken))?.Value;
}
