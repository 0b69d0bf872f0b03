using AutoTrader.Contracts;
using AutoTrader.Core.Application.Reports;

namespace AutoTrader.Backtesting.Verification;

/// <summary>What happened on a server, as its API tells it.</summary>
public sealed record LiveHistory
{
    /// <summary>Every order, also those that ended.</summary>
    public required IReadOnlyList<OrderView> Orders { get; init; }

    /// <summary>Ledger entries from the first day on until now.</summary>
    public required IReadOnlyList<FillView> Fills { get; init; }

    /// <summary>Runs of the schedules that there are.</summary>
    public required IReadOnlyList<RunView> Runs { get; init; }

    /// <summary>The log of events from the first day on.</summary>
    public required IReadOnlyList<EventView> Events { get; init; }

    /// <summary>What moved cash beside fills.</summary>
    public IReadOnlyList<CashActivityView> CashActivities { get; init; } = [];

    /// <summary>When the server told what the account was worth (UTC): every five minutes of a session in which its cycles came to their
    /// end.</summary>
    public IReadOnlyList<DateTimeOffset> Samples { get; init; } = [];

    /// <summary>The version of the server, as its health tells it; null when it does not.</summary>
    public string? Version { get; init; }

    /// <summary>What somebody changed; not what they were refused.</summary>
    internal IEnumerable<EventView> Changes => Events.Where(it => it is { Kind: EventKind.Change, Error: null });
}
