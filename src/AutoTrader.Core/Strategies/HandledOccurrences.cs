namespace AutoTrader.Core.Strategies;

/// <summary>
/// The schedule occurrences that a target has handled, so that a retry never undoes a later change by a user. Per lane (starting and
/// stopping, pausing and resuming, closing...) it keeps the latest instant and the occurrences handled at it: an older occurrence of the
/// same lane is too late, while one of another lane still counts.
/// </summary>
/// <remarks>Written as <c>lane:instant.id.cause,instant.id.cause|lane:...</c>. An occurrence begins with its instant, up to the first dot,
/// in a form that sorts by time.</remarks>
public static class HandledOccurrences
{
    private const char LaneEnd = ':';
    private const char Next = '|';
    private const char Beside = ',';
    private const char InstantEnd = '.';

    /// <summary>Whether <paramref name="occurrence"/> was handled, or is older than the latest handled one.</summary>
    /// <param name="handled">The target's record; null for none.</param>
    /// <param name="lane">The lane of the occurrence.</param>
    /// <param name="occurrence">The occurrence.</param>
    public static bool Covers(string? handled, string lane, string occurrence)
    {
        ArgumentNullException.ThrowIfNull(occurrence);
        var served = Of(handled, lane);
        return served.Length > 0
            && string.CompareOrdinal(Instant(occurrence), Instant(served[0])) switch
            {
                < 0 => true,
                0 => served.Contains(occurrence, StringComparer.Ordinal),
                _ => false,
            };
    }

    /// <summary>The record with <paramref name="occurrence"/> added.</summary>
    /// <param name="handled">The target's record; null for none.</param>
    /// <param name="lane">The lane of the occurrence.</param>
    /// <param name="occurrence">The occurrence, which must not be covered yet.</param>
    public static string Add(string? handled, string lane, string occurrence)
    {
        ArgumentNullException.ThrowIfNull(occurrence);
        var served = Of(handled, lane);
        var atOnce = served.Length > 0 && Instant(served[0]) == Instant(occurrence) ? string.Join(Beside, served) + Beside : "";
        var others = Lanes(handled).Where(text => !text.StartsWith(lane + LaneEnd, StringComparison.Ordinal));
        return string.Join(Next, others.Append(lane + LaneEnd + atOnce + occurrence));
    }

    private static string[] Lanes(string? handled) => handled?.Split(Next, StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static string[] Of(string? handled, string lane) =>
        Lanes(handled).FirstOrDefault(text => text.StartsWith(lane + LaneEnd, StringComparison.Ordinal))?[(lane.Length + 1)..].Split(Beside)
        ?? [];

    private static string Instant(string occurrence) => occurrence.Split(InstantEnd, 2)[0];
}
