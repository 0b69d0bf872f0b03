namespace AutoTrader.Backtesting.Optimization;

/// <summary>A combination and its score.</summary>
/// <param name="Params">The values.</param>
/// <param name="Score">The score; null where it is not defined.</param>
/// <param name="Figures">What it came to; null in files of the original.</param>
public sealed record Trial(IReadOnlyDictionary<string, decimal> Params, decimal? Score, TrialFigures? Figures);

/// <summary>A trial one step of one parameter beside the best.</summary>
/// <param name="Parameter">The parameter that differs.</param>
/// <param name="Value">Its value there.</param>
/// <param name="Score">The score there; null where it is not defined.</param>
public sealed record Neighbor(string Parameter, decimal Value, decimal? Score);

/// <summary>
/// What lies around the best. On a plateau its neighbors are good, too, and small errors cost little; a needle is good by chance. It is a
/// needle when the mean score of the neighbors lies nearer to the median of all trials than to the best.
/// </summary>
/// <param name="Verdict"><c>plateau</c>, <c>needle</c>, or <c>unknown</c> where no neighbor was tried.</param>
/// <param name="Neighbors">The neighbors that were tried.</param>
/// <param name="AtTheEdge">Parameters whose best value is the first or last that was tried: a better one may lie beyond.</param>
public sealed record Neighborhood(string Verdict, IReadOnlyList<Neighbor> Neighbors, IReadOnlyList<string> AtTheEdge)
{
    /// <summary>A verdict of <see cref="Verdict"/>.</summary>
    public const string Plateau = "plateau";

    /// <summary>A verdict of <see cref="Verdict"/>.</summary>
    public const string Needle = "needle";

    /// <summary>A verdict of <see cref="Verdict"/>.</summary>
    public const string Unknown = "unknown";

    internal static Neighborhood Of(Combination best, decimal score, IReadOnlyDictionary<string, decimal?> scores)
    {
        List<Neighbor> neighbors =
        [
            .. best.Neighbors()
                .Where(it => scores.ContainsKey(it.Neighbor.Key))
                .Select(it => new Neighbor(
                    it.Parameter,
                    it.Neighbor.Values.First(pair => pair.Key == it.Parameter).Value,
                    scores[it.Neighbor.Key]
                )),
        ];
        var known = scores.Values.OfType<decimal>().Order().ToList();
        var middle = (known[known.Count / 2] + known[(known.Count - 1) / 2]) / 2;
        // A neighbor without a score is as bad as any.
        var around = neighbors.Count == 0 ? score : neighbors.Average(it => it.Score ?? known[0]);
        var verdict =
            neighbors.Count == 0 ? Unknown
            : around >= (score + middle) / 2 ? Plateau
            : Needle;
        return new(verdict, neighbors, [.. best.AtTheEdge()]);
    }
}
