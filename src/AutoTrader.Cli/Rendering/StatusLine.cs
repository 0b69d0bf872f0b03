using System.Globalization;
using AutoTrader.Brokers.Market;
using AutoTrader.Cli.Client;

namespace AutoTrader.Cli.Rendering;

/// <summary>Progress on one line, rewritten in place at most five times a second; shown when the work takes over a second.</summary>
/// <param name="to">Where.</param>
/// <param name="clock">The wall clock.</param>
/// <remarks>What is read before shows on a line of its own for each file, and does not count as time of the work.</remarks>
internal abstract class StatusLine(TextWriter to, TimeProvider clock) : IProgress<FileProgress>
{
    private static readonly TimeSpan Unnoticed = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private long _started = clock.GetTimestamp();
    private TimeSpan _shown = Unnoticed - Pause;
    private bool _isOpen;
    private string? _file;

    /// <inheritdoc/>
    public void Report(FileProgress value)
    {
        if (_file != value.Name)
        {
            _file = value.Name;
            Restart();
        }

        Show(elapsed =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Cells.Clean(value.Name)} {(int)(100 * value.Part),3} %  {value.Rows / elapsed.TotalSeconds:#,##0} rows/s  "
            ) + $"{Cells.Length(elapsed * (1 - value.Part) / value.Part)} left"
        );
        if (value.Part >= 1)
        {
            _file = null;
            Restart();
        }
    }

    /// <summary>Ends the line, where there is one.</summary>
    public void End()
    {
        if (_isOpen)
        {
            to.WriteLine();
            _isOpen = false;
        }
    }

    /// <summary>For interactive use; null where stderr is not a terminal.</summary>
    protected static T? For<T>(Session session, Func<TextWriter, TimeProvider, T> line)
        where T : StatusLine =>
        session.Json || !session.Terminal.ErrorIsTerminal ? null : line(session.Terminal.Error, TimeProvider.System);

    /// <summary>Begins to count anew, on a line of its own.</summary>
    protected void Restart()
    {
        End();
        (_started, _shown) = (clock.GetTimestamp(), Unnoticed - Pause);
    }

    /// <summary>Shows a text, if it is time to.</summary>
    /// <param name="text">The text after so much time.</param>
    protected void Show(Func<TimeSpan, string> text)
    {
        var elapsed = clock.GetElapsedTime(_started);
        if (elapsed - _shown >= Pause)
        {
            (_shown, _isOpen) = (elapsed, true);
            to.Write($"\r{text(elapsed)}    ");
        }
    }
}
