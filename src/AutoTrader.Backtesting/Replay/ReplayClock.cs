namespace AutoTrader.Backtesting.Replay;

/// <summary>Business time of a backtest: stands where it is put.</summary>
internal sealed class ReplayClock(DateTimeOffset start) : TimeProvider
{
    /// <summary>The instant that it shows (UTC).</summary>
    public DateTimeOffset Now { get; set; } = start;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Now;
}
