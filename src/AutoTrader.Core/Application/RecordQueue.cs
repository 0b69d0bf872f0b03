using System.Diagnostics;
using System.Security.Cryptography;

namespace AutoTrader.Core.Application;

/// <summary>
/// Lets the changes of one record take turns within this process, so that people and schedules which change it at one moment do not
/// overtake each other until some of them give up. The engine and other processes still may; a turn reads and tries again until it gets
/// through. Thread-safe.
/// </summary>
public sealed class RecordQueue
{
    // Wall clock. Long enough for any crowd of good requests, and shorter than callers wait.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);

    /// <summary>The account row: limits and the kill switch.</summary>
    public const string Account = "account";

    /// <summary>The name of a schedule in the queue.</summary>
    public static string Schedule(string id) => "schedule|" + id;

    /// <summary>The name in the queue of what a strategy's short form keeps: the strategy with its schedule.</summary>
    public static string ScheduleOf(string strategyId) => "strategy-schedule|" + strategyId;

    /// <summary>Waits for its turn to change <paramref name="record"/>, first come, first served. A caller that has a turn must not request
    /// another for the same record.</summary>
    /// <param name="record">The record; one name per record.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    /// <exception cref="RefusedException">Its turn does not come for too long.</exception>
    public async Task<Turn> EnterAsync(string record, CancellationToken cancellationToken)
    {
        Line line;
        lock (_gate)
        {
            _lines[record] = line = _lines.GetValueOrDefault(record) ?? new();
            line.Count++;
        }

        try
        {
            if (!await line.Free.WaitAsync(Longest, cancellationToken))
            {
                throw Busy();
            }
        }
        catch
        {
            Leave(record, line);
            throw;
        }

        return new(() =>
        {
            line.Free.Release();
            Leave(record, line);
        });
    }

    private static RefusedException Busy() => new(Refusal.TooMany, "BUSY", "Too many concurrent changes. Try again in a few seconds.");

    private void Leave(string record, Line line)
    {
        lock (_gate)
        {
            if (--line.Count == 0)
            {
                _lines.Remove(record);
            }
        }
    }

    // Its wait handle is never used, so the semaphore needs no disposal.
    private sealed class Line
    {
        public SemaphoreSlim Free { get; } = new(1);

        public int Count { get; set; }
    }

    /// <summary>The turn of one change; the next one's begins when it is disposed.</summary>
    public sealed class Turn : IDisposable
    {
        private const int AtOnce = 8;
        private readonly Action _end;
        private readonly long _started = Stopwatch.GetTimestamp();
        private int _conflicts;

        internal Turn(Action end) => _end = end;

        /// <summary>Says that another writer was faster. The first few times it is worth trying again at once, then after a
        /// pause.</summary>
        /// <exception cref="RefusedException">Other changes keep interfering for too long.</exception>
        public async Task OvertakenAsync(CancellationToken cancellationToken)
        {
            if (Stopwatch.GetElapsedTime(_started) > Longest)
            {
                throw Busy();
            }

            if (++_conflicts > AtOnce)
            {
                await Task.Delay(RandomNumberGenerator.GetInt32(5, 100), cancellationToken);
            }
        }

        /// <inheritdoc/>
        public void Dispose() => _end();
    }
}
