namespace AutoTrader.Core.Strategies;

/// <summary>
/// What a target remembers of the schedule occurrences that it served, so that one which is tried again never undoes what a user did later.
/// Per lane (starting and stopping, pausing and resuming, closing...) it keeps the latest instant and what was served at it: an
/// occurrence that is older than the latest of its lane comes too late, while one of another lane still counts.
/// </summary>
/// <remarks>Written as <c>lane:instant.id.cause,instant.id.cause|lane:...</c>. An occurrence begins with its instant, up to the first dot,
/// in a form that sorts by time.</remarks>
public static class HandledOccurrences
{
    private const char LaneEnd = ':';
    private const char Next = '|';
    private const char Beside = ',';
    private const char InstantEnd = '.';

    /// <summary>Whether <paramref name="occurrence"/> was served, or is older than what was.</summary>
    /// <param name="handled">What the target remembers; null for nothing.</param>
    /// <param name="lane">What the occurrence is about.</param>
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

    /// <summary>The memory with <paramref name="occurrence"/> in it.</summary>
    /// <param name="handled">What the target remembers; null for nothing.</param>
    /// <param name="lane">What the occurrence is about.</param>
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
