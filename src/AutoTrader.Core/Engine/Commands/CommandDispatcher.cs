using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine.Commands;

/// <summary>Hands each pending command to its handler, in the order in which they were asked; what a command changes and its answer commit
/// together.</summary>
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

        var cash = new AcceptCashHandler(context, committer, _served, frame.Cash);
        foreach (var row in context.Set.Commands)
        {
            if (row.Value.ExpiresAt is { } latest && context.Now > latest && !StrategyOccurrences.WasServed(context, row.Value))
            {
                _served.Refuse(row, null, "COMMAND_EXPIRED", "The command expired before it ran.");
                continue;
            }

            await HandleAsync(row, cash);
            if (_served.BookOf(row) is { } book and not StrategyBook { IsDeleted: true })
            {
                await committer.CheckpointAsync(book);
            }
        }

        foreach (var row in context.Set.HandledCommands.Where(IsOld).Take(ForgottenAtOnce))
        {
            _served.Forget(row);
        }

        await committer.CommitDeletionsAsync(_served.Deletions);
        return (frame.Without(_served.Released) with { Cash = cash.Findings }, _served);
    }

    private bool IsOld(Row<CommandEnvelope> row) => row.Value.HandledAt < context.Now - CommandEnvelope.KeptFor;

    private async Task HandleAsync(Row<CommandEnvelope> row, AcceptCashHandler cash)
    {
        switch (row.Value.Command)
        {
            case PlaceOrder command:
                new PlaceOrderHandler(context, _served).Handle(row, command);
                break;
            case CancelOrder command:
                new CancelOrderHandler(context, _served).Handle(row, command);
                break;
            case PauseStrategy command:
                new PauseStrategyHandler(context, _served).Handle(row, command);
                break;
            case ResumeStrategy command:
                new ResumeStrategyHandler(context, _served).Handle(row, command);
                break;
            case EnableStrategy command:
                new EnableStrategyHandler(context, frame, _served).Handle(row, command);
                break;
            case DisableStrategy command:
                new DisableStrategyHandler(context, _served).Handle(row, command);
                break;
            case CloseStrategy command:
                new CloseStrategyHandler(context, frame, _served).Handle(row, command);
                break;
            case DeleteStrategy command:
                new DeleteStrategyHandler(context, _served).Handle(row, command);
                break;
            case Flatten command:
                new FlattenHandler(context, frame, _served).Handle(row, command);
                break;
            case ReleaseHold command:
                new ReleaseHoldHandler(context, frame, _served).Handle(row, command);
                break;
            case AcceptCash command:
                await cash.HandleAsync(row, command);
                break;
            case SetKillSwitch:
                // Its service writes the switch and the served command in one group, so that it works without a cycle: none is pending.
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"{row.Value.Command.Kind} has no handler.");
        }
    }
}
