using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Decide;

/// <summary>What was decided about one strategy; nothing is changed or sent yet.</summary>
/// <param name="Book">The strategy with its orders.</param>
/// <param name="Strategy">The strategy as it was decided about: armed anew, if it repeats.</param>
/// <param name="Decision">What is to be done.</param>
/// <param name="HasPrice">Whether there was a price to decide by; null when its symbol is frozen or it is being deleted.</param>
/// <param name="Failure">Why it could not be decided about; null when it could.</param>
internal sealed record StrategyDecision(
    StrategyBook Book,
    Strategy Strategy,
    Decision Decision,
    bool? HasPrice = null,
    Exception? Failure = null
);

/// <summary>
/// The third step of a cycle: evaluates every strategy that something happened to (docs/trading-rules.md, "The evaluation cycle"). Pure:
/// what it returns depends on frame, round and books alone, and it changes none of them.
/// </summary>
/// <param name="context">The cycle.</param>
/// <param name="frame">What was observed.</param>
/// <param name="isDeleting">Whether the orders of a strategy are being canceled because it is deleted: nothing is placed for it.</param>
internal sealed class Decider(CycleContext context, CycleFrame frame, Func<string, bool> isDeleting)
{
    public IReadOnlyList<StrategyDecision> Decide(Round round)
    {
        var conditions = new DecisionConditions(context, frame, round);
        return [.. round.Touched.Select(book => Decide(book, conditions))];
    }

    // One strategy that throws never stops the others.
    private StrategyDecision Decide(StrategyBook book, DecisionConditions conditions)
    {
        try
        {
            return Evaluate(book, conditions);
        }
        catch (Exception failure) when (failure is not CycleStoppedException)
        {
            return new(book, book.Strategy, Decision.None, Failure: failure);
        }
    }

    private StrategyDecision Evaluate(StrategyBook book, DecisionConditions conditions)
    {
        var strategy = book.Strategy;
        if (Lifecycle.RepeatsAt(strategy, context.Now) && book.Orders.All(order => !order.IsWorking))
        {
            strategy = strategy.ArmAnew(ClientOrderIds.NextArm(book.Id, strategy.Arm));
        }

        if (frame.IsFrozen(book.Symbol) || isDeleting(book.Id))
        {
            return new(book, strategy, Decision.None);
        }

        var price = frame.Quotes?.Of(book.Symbol);
        var decision = StrategyEvaluator.Decide(new(strategy, book.Orders, price, conditions.Of(book, strategy)));
        return new(book, strategy, WithoutRefused(decision, conditions.RefusedOf(book)), price is not null);
    }

    private static Decision WithoutRefused(Decision decision, RefusedSteps refused) =>
        refused == RefusedSteps.None || decision.Place.Count == 0
            ? decision
            : new()
            {
                Next = decision.Next,
                Cancel = decision.Cancel,
                Place = [.. decision.Place.Where(plan => (refused & StepOf(plan)) == RefusedSteps.None)],
            };

    private static RefusedSteps StepOf(OrderPlan plan) =>
        plan switch
        {
            { Role: OrderRole.Entry } => RefusedSteps.None,
            { Replaces: not null } => RefusedSteps.Replacement,
            { Role: OrderRole.Protection } => RefusedSteps.Protection,
            { Role: OrderRole.Target } => RefusedSteps.Target,
            _ => RefusedSteps.None,
        };
}
