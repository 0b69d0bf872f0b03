using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine.Commands;

/// <summary>Hands each pending command to its handler, in the order of their ids; what it changes and its answer commit together.</summary>
internal sealed class CommandDispatcher(CycleContext context, CycleFrame frame, Committer committer)
{
    private const int ForgottenAtOnce = 50;

    private readonly ServedCommands _served = new(context);

    /// <returns>The frame as the commands leave it, and what the steps that follow have to do for them.</returns>
    public async Task<(CycleFrame Frame, ServedCommands Served)> HandleAsync()
    {
        // A dry run says what would be decided without them.
        if (context.Request.DryRun)
        {
            return (frame, _served);
        }

        var strategies = new StrategyCommandHandler(context, frame, _served);
        foreach (var row in context.Set.Commands)
        {
            if (row.Value.ExpiresAt is { } latest && context.Now > latest && !strategies.WasServed(row.Value))
            {
                _served.Refuse(row, null, "COMMAND_EXPIRED", "It was not served in time.");
                continue;
            }

            Handle(row, strategies);
            if (_served.BookOf(row) is { } book and not StrategyBook { IsDeleted: true })
            {
                await committer.CheckpointAsync(book);
            }
        }

        foreach (var row in context.Set.HandledCommands.Where(IsOld).Take(ForgottenAtOnce))
        {
            _served.Forget(row);
        }

        var cash = await new CashAcceptance(context, committer, _served).HandleAsync(frame.Cash);
        return (frame.Without(_served.Released) with { Cash = cash }, _served);
    }

    private bool IsOld(Row<CommandEnvelope> row) => row.Value.HandledAt < context.Now - CommandEnvelope.KeptFor;

    private void Handle(Row<CommandEnvelope> row, StrategyCommandHandler strategies)
    {
        switch (row.Value.Command)
        {
            case PlaceOrder command:
                new OrderCommandHandler(context, _served).Handle(row, command);
                break;
            case CancelOrder command:
                new OrderCommandHandler(context, _served).Handle(row, command);
                break;
            case StrategyCommand command:
                strategies.Handle(row, command);
                break;
            case Flatten command:
                new FlattenHandler(context, frame, _served).Handle(row, command);
                break;
            case ReleaseHold command:
                new ReleaseHoldHandler(context, frame, _served).Handle(row, command);
                break;
            case AcceptCash:
                // Served at the end, with the entry that it books.
                break;
            case SetKillSwitch:
                // Done when it was written.
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"{row.Value.Command.Kind} has no handler.");
        }
    }
}
