using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Commands;

/// <summary>Lets a strategy enter; one that has ended is armed anew.</summary>
internal sealed class EnableStrategyHandler(CycleContext context, CycleFrame frame, ServedCommands served)
    : StrategyCommandHandler<EnableStrategy>(context, served)
{
    protected override void Handle(Row<CommandEnvelope> row, EnableStrategy command, StrategyBook book)
    {
        var strategy = book.Strategy;
        // What it may still hold is protected and sold whether it is enabled or not.
        if (frame.WhyNotTradable(strategy.Symbol, Context.Day) is { } why)
        {
            Served.Refuse(row, book, Attention.NotTradable, $"{strategy.Symbol} cannot be bought: {why}.");
            return;
        }

        // It would be armed and wait for ever.
        if (strategy.BuysNothing)
        {
            var field = strategy.StrategyType == StrategyType.Grid ? "grid_config.qty_per_level" : "quantity";
            Served.Refuse(
                row,
                book,
                "NOTHING_TO_BUY",
                $"{strategy.Id} buys nothing: a split has left its {field} at 0. Set another, then enable it."
            );
            return;
        }

        if (
            (!strategy.Enabled || strategy.IsTerminal)
            && Context.Set.Strategies.FirstOrDefault(other => !other.IsDeleted && other.Strategy.Occupies(strategy)) is { } taken
        )
        {
            Served.Refuse(
                row,
                book,
                "SYMBOL_TAKEN",
                $"{taken.Id} trades {strategy.Symbol} already. Disable it first, or set allow_shared_symbol of {strategy.Id} to let both."
            );
            return;
        }

        var exposure = book.Exposure();
        if (strategy.IsTerminal && exposure is { Held: < 1, WorkingOrders: 0 })
        {
            Context.Change(book, Started(strategy.ArmAnew(ClientOrderIds.NextArm(strategy.Id, strategy.Arm))));
            Served.Done(row, book, "Enabled and armed anew." + StaysPaused(strategy));
            return;
        }

        Context.Change(book, Started(strategy));
        Served.Done(row, book, "Enabled." + StaysPaused(strategy));

        // The one-time schedule has fired: the strategy does not look scheduled any more.
        Strategy Started(Strategy it) =>
            row.Value.Occurrence is null || it.ScheduleAt is null
                ? it with
                {
                    Enabled = true,
                }
                : it with
                {
                    Enabled = true,
                    ScheduleEnabled = false,
                    ScheduleAt = null,
                };
    }

    private static string StaysPaused(Strategy strategy) =>
        strategy.PauseReason is { } reason ? $" It stays paused ({reason}) until it is resumed." : string.Empty;
}
