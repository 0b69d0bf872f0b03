using AutoTrader.Cli.Client;

namespace AutoTrader.Cli.Rendering.Backtests;

/// <summary>The progress of reading prices, where nothing else takes long.</summary>
/// <param name="to">Where.</param>
/// <param name="clock">The wall clock.</param>
internal sealed class ReadLine(TextWriter to, TimeProvider clock) : StatusLine(to, clock)
{
    /// <summary>For interactive use; null where stderr is not a terminal.</summary>
    public static ReadLine? For(Session session) => For(session, (to, clock) => new ReadLine(to, clock));
}
