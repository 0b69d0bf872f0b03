using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Commands;

/// <summary>What the commands to one strategy have in common: it must be there, and an occurrence of a schedule is served once.</summary>
/// <typeparam name="T">The command.</typeparam>
internal abstract class StrategyCommandHandler<T>(CycleContext context, ServedCommands served)
    where T : StrategyCommand
{
    protected CycleContext Context { get; } = context;

    protected ServedCommands Served { get; } = served;

    public void Handle(Row<CommandEnvelope> row, T command)
    {
        if (Context.Set.IsSetAside(command.StrategyId))
        {
            return;
        }

        if (Context.Set.Strategy(command.StrategyId) is not { IsDeleted: false } book)
        {
            Served.Refuse(row, null, "STRATEGY_NOT_FOUND", $"There is no strategy {command.StrategyId}.");
            return;
        }

        if (row.Value.Occurrence is { } occurrence)
        {
            if (StrategyOccurrences.Covers(book.Strategy, command, occurrence))
            {
                Served.Done(row, book, "This occurrence was served already, or a later one was.");
                return;
            }

            // Also of one that is refused below: it must not be carried out hours later, when the reason is gone.
            Context.Change(book, StrategyOccurrences.Add(book.Strategy, command, occurrence));
        }

        Handle(row, command, book);
    }

    protected abstract void Handle(Row<CommandEnvelope> row, T command, StrategyBook book);
}

/// <summary>The occurrences of schedules that strategies have served.</summary>
internal static class StrategyOccurrences
{
    /// <summary>Whether the occurrence that asks was served before: asked for again, after its answer was forgotten, it is not late but
    /// done.</summary>
    public static bool WasServed(CycleContext context, CommandEnvelope envelope) =>
        envelope is { Occurrence: { } occurrence, Command: StrategyCommand command }
        && context.Set.Strategy(command.StrategyId) is { IsDeleted: false } book
        && Covers(book.Strategy, command, occurrence);

    /// <summary>Whether a strategy has served an occurrence, or a later one that undoes it.</summary>
    public static bool Covers(Strategy strategy, StrategyCommand command, string occurrence) =>
        HandledOccurrences.Covers(strategy.LastOccurrence, LaneOf(command), occurrence);

    /// <summary>The strategy, which has served an occurrence.</summary>
    public static Strategy Add(Strategy strategy, StrategyCommand command, string occurrence) =>
        strategy with
        {
            LastOccurrence = HandledOccurrences.Add(strategy.LastOccurrence, LaneOf(command), occurrence),
        };

    // What undoes each other is one lane; a close is undone by nothing.
    private static string LaneOf(StrategyCommand command) =>
        command switch
        {
            EnableStrategy or DisableStrategy => "enabled",
            PauseStrategy or ResumeStrategy => "paused",
            _ => WireNames.Of(command.Kind),
        };
}
