namespace AutoTrader.Brokers.Market;

/// <summary>How far the reading of a file has come.</summary>
/// <param name="Name">The name of the file, or of what is read in its place.</param>
/// <param name="Rows">Rows that are done; those that are parsed but not yet in order are done in part.</param>
/// <param name="Part">The part that is done, 0 to 1.</param>
public readonly record struct FileProgress(string Name, int Rows, double Part);

/// <summary>Who waits while long files are read.</summary>
/// <param name="Progress">Told every few thousand rows; null for nobody.</param>
/// <param name="Cancellation">Ends it between two rows.</param>
public sealed record FileReading(IProgress<FileProgress>? Progress, CancellationToken Cancellation)
{
    // So many rows take milliseconds.
    private const int Pause = 4096;

    /// <summary>Nobody: as long as it takes.</summary>
    public static FileReading Unwatched { get; } = new(null, CancellationToken.None);

    // What each step takes of the time that a file takes, as measured with 1.6 million rows of minutes. Between the second and the third
    // the bars' length is found.
    internal static (double From, double To) Parsing => (0, 0.45);

    internal static (double From, double To) Ordering => (0.45, 0.7);

    internal static (double From, double To) Keeping => (0.8, 1);

    /// <summary>After a part.</summary>
    /// <param name="name">What is read.</param>
    /// <param name="rows">Rows until now.</param>
    /// <param name="part">The part that is done, 0 to 1.</param>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public void Tell(string name, int rows, double part)
    {
        Cancellation.ThrowIfCancellationRequested();
        Progress?.Report(new(name, rows, part));
    }

    /// <summary>Whether it is time to tell.</summary>
    /// <param name="rows">Rows of a step until now.</param>
    internal static bool IsDue(int rows) => rows % Pause == 0;

    /// <summary>In a step.</summary>
    /// <param name="name">What is read.</param>
    /// <param name="rows">Rows of the step until now.</param>
    /// <param name="step">The part of the whole with which the step begins and ends.</param>
    /// <param name="done">The part of the step that is done, above 0.</param>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    internal void Tell(string name, int rows, (double From, double To) step, double done)
    {
        var part = step.From + (done * (step.To - step.From));
        Tell(name, (int)(rows / done * part), part);
    }
}
