namespace AutoTrader.Backtesting.Statistics;

/// <summary>
/// A permutation test: were each trade as likely to lose what it won as to win it, how often would they come to as much? The signs of the
/// profits are drawn anew so many times; with up to 16 trades all are gone through.
/// </summary>
public static class CoinTest
{
    private const int Draws = 10_000;
    private const int MostExact = 16;
    private const int Seed = 1;
    private const int SignsAtOnce = 30;

    /// <summary>The share of draws that come to at least as much as the trades did, in percent; null below two trades, and when they came
    /// to nothing or a loss.</summary>
    /// <param name="profits">The profits in dollars.</param>
    public static double? LuckPct(IReadOnlyList<decimal> profits)
    {
        var values = profits.Where(it => it != 0).Select(it => (double)it).ToArray();
        var sum = values.Sum();
        if (values.Length < 2 || sum <= 0)
        {
            return null;
        }

        // What rounding makes of equal sums must not decide.
        var enough = sum - (1e-9 * values.Sum(Math.Abs));
        if (values.Length <= MostExact)
        {
            var all = 1 << values.Length;
            var reached = 0;
            for (var signs = 0; signs < all; signs++)
            {
                var at = signs;
                reached += values.Select((it, i) => (at >> i & 1) == 0 ? Math.Abs(it) : -Math.Abs(it)).Sum() >= enough ? 1 : 0;
            }

            return 100.0 * reached / all;
        }

        var (random, count) = (new Random(Seed), 0);
        for (var draw = 0; draw < Draws; draw++)
        {
            var (total, signs) = (0.0, 0);
            for (var i = 0; i < values.Length; i++)
            {
                // One number has the signs of several trades.
                signs = i % SignsAtOnce == 0 ? random.Next(1 << SignsAtOnce) : signs >> 1;
                total += (signs & 1) == 0 ? values[i] : -values[i];
            }

            count += total >= enough ? 1 : 0;
        }

        // The trades themselves are one of the draws.
        return 100.0 * (count + 1) / (Draws + 1);
    }
}
