using AutoTrader.Core.Engine.Execute;
using AutoTrader.Core.Engine.Observe;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine.Commands;

/// <summary>Hands each pending command to its handler, in the order of their ids; what it changes and its answer commit together.</summary>
internal sealed class CommandDispatcher(CycleContext context, PreTradeRisk admission, CorporateActions actions, ServedCommands served)
{
    private const int ForgottenAtOnce = 50;

    private readonly StrategyCommandHandler _strategies = new(context, served);
    private readonly OrderCommandHandler _orders = new(context, served);
    private readonly FlattenHandler _flatten = new(context, admission, served);
    private readonly ReleaseHoldHandler _holds = new(context, actions, served);

    public async Task HandleAsync(Committer committer)
    {
        foreach (var row in context.Set.Commands)
        {
            if (row.Value.ExpiresAt is { } latest && context.Now > latest && !_strategies.WasServed(row.Value))
            {
                served.Refuse(row, null, "COMMAND_EXPIRED", "It was not served in time.");
                continue;
            }

            Handle(row);
            if (served.BookOf(row) is { } book and not StrategyBook { IsDeleted: true })
            {
                await committer.CommitIfLargeAsync(book);
            }
        }

        served.Loose.AddRange(
            context
                .Set.HandledCommands.Where(row => row.Value.HandledAt < context.Now - CommandEnvelope.KeptFor)
                .Take(ForgottenAtOnce)
                .Select(row => (TradingWrite[])[new(TradingKey.Command(row.Value.Id), null, row.Version)])
        );
    }

    private void Handle(Row<CommandEnvelope> row)
    {
        switch (row.Value.Command)
        {
            case PlaceOrder command:
                _orders.Handle(row, command);
                break;
            case CancelOrder command:
                _orders.Handle(row, command);
                break;
            case StrategyCommand command:
                _strategies.Handle(row, command);
                break;
            case Flatten command:
                _flatten.Handle(row, command);
                break;
            case ReleaseHold command:
                _holds.Handle(row, command);
                break;
            case AcceptCash:
                // Served by the check of cash, with the entry that it books.
                break;
            case SetKillSwitch:
                // Done when it was written.
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"{row.Value.Command.Kind} has no handler.");
        }
    }
}
