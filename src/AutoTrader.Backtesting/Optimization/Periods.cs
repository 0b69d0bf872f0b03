using AutoTrader.Core.Market;

namespace AutoTrader.Backtesting.Optimization;

/// <summary>The sessions of an optimization, cut: what is trained on, what each choice is tested on, and what is held out.</summary>
/// <param name="Trainings">What is trained on, in order; the best of the last one is the answer.</param>
/// <param name="Tests">What the best of each training but the last is tested on; empty but for a walk-forward.</param>
/// <param name="HoldOut">What only the answer is run on; empty for none.</param>
internal sealed record Periods(
    IReadOnlyList<IReadOnlyList<Session>> Trainings,
    IReadOnlyList<IReadOnlyList<Session>> Tests,
    IReadOnlyList<Session> HoldOut
)
{
    // A walk-forward trains on so many times what it tests on.
    private const int TrainingBlocks = 3;

    /// <exception cref="BacktestRefusedException">There are too few sessions.</exception>
    public static Periods Of(OptimizationSettings settings)
    {
        if (settings.Backtest.Start > settings.Backtest.End)
        {
            throw new BacktestRefusedException(
                FormattableString.Invariant(
                    $"The first day, {settings.Backtest.Start:yyyy-MM-dd}, is after the last, {settings.Backtest.End:yyyy-MM-dd}."
                )
            );
        }

        List<Session> all = [.. TradingCalendar.Nyse.Sessions(settings.Backtest.Start, settings.Backtest.End)];
        var held = (int)Math.Ceiling(all.Count * settings.HoldOutPct / 100);
        var open = all.Count - held;
        if (open < 1)
        {
            throw new BacktestRefusedException(
                FormattableString.Invariant(
                    $"Of {all.Count} sessions {held} are held out, and none is left to train on: give more days, or hold out less."
                )
            );
        }

        return settings.Method == OptimizationMethod.WalkForward
            ? WalkForward(all[..open], settings.Windows, all[open..])
            : new([all[..open]], [], all[open..]);
    }

    private static Periods WalkForward(List<Session> open, int windows, List<Session> holdOut)
    {
        var blocks = windows + TrainingBlocks;
        if (open.Count < blocks)
        {
            throw new BacktestRefusedException(
                FormattableString.Invariant($"{windows} windows need {blocks} sessions to train and test on, and there are {open.Count}: ")
                    + "give more days, or fewer windows."
            );
        }

        // What does not divide evenly goes to the windows at the end.
        int At(int block) => open.Count * block / blocks;
        return new(
            [.. Enumerable.Range(0, windows + 1).Select(i => open[At(i)..At(i + TrainingBlocks)])],
            [.. Enumerable.Range(0, windows).Select(i => open[At(i + TrainingBlocks)..At(i + TrainingBlocks + 1)])],
            holdOut
        );
    }
}
