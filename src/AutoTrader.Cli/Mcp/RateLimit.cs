namespace AutoTrader.Cli.Mcp;

/// <summary>How many calls of one kind are taken within a minute that slides; one that is refused does not count.</summary>
/// <param name="most">How many; 0 for any number.</param>
/// <param name="clock">The clock, of which only differences count.</param>
internal sealed class RateLimit(int most, TimeProvider clock)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Queue<long> _taken = new();

    /// <summary>Takes a call, or refuses it.</summary>
    /// <exception cref="ToolException">There were too many.</exception>
    public void Take()
    {
        if (most <= 0)
        {
            return;
        }

        lock (_lock)
        {
            while (_taken.TryPeek(out var first) && clock.GetElapsedTime(first) >= Window)
            {
                _taken.Dequeue();
            }

            if (_taken.Count >= most)
            {
                throw new ToolException(
                    "RATE_LIMIT_EXCEEDED",
                    FormattableString.Invariant($"There are {most} long-running calls a minute at most."),
                    "Wait a minute, then call again."
                );
            }

            _taken.Enqueue(clock.GetTimestamp());
        }
    }
}
