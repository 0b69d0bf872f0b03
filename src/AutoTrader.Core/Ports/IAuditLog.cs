using System.Globalization;
using System.Text.Json;
using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Ports;

/// <summary>One change and who made it.</summary>
/// <param name="At">When (UTC, business time).</param>
/// <param name="Id">Unique.</param>
/// <param name="Caller">A short hash of the key, a schedule, or <c>engine</c>; never a secret.</param>
/// <param name="Action">The action: <c>place_order</c>, <c>create_strategy</c>...</param>
/// <param name="Target">The target.</param>
/// <param name="Details">What exactly, as one line of JSON.</param>
/// <param name="Error">The error code when it was refused.</param>
public sealed record AuditEntry(
    DateTimeOffset At,
    string Id,
    string Caller,
    string Action,
    string? Target,
    string? Details = null,
    string? Error = null
)
{
    /// <summary>The end of its key wherever it is stored: later entries come first.</summary>
    public string Key => (DateTimeOffset.MaxValue.UtcTicks - At.UtcTicks).ToString("D19", CultureInfo.InvariantCulture) + "|" + Id;

    /// <summary>The audit entry of a command; deterministic, so that it is stored once.</summary>
    public static AuditEntry Of(CommandEnvelope served)
    {
        ArgumentNullException.ThrowIfNull(served);
        var (action, target) = served.Command switch
        {
            PlaceOrder order => (served.Status == CommandStatus.Refused ? "place_order_blocked" : "place_order", order.ClientOrderId),
            Flatten flatten => ("flatten", flatten.WholeAccount ? "account" : "strategies"),
            AcceptCash => (WireNames.Of(served.Command.Kind), TradingKey.Account),
            SetKillSwitch { On: true } => ("kill_switch_on", "kill_switch"),
            SetKillSwitch => ("kill_switch_off", "kill_switch"),
            var command => (WireNames.Of(command.Kind), command.Target),
        };
        var details = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["order"] = served.Command is PlaceOrder { Terms: var terms }
                ? $"{WireNames.Of(terms)} {WireNames.Of(terms.TimeInForce)}"
                : null,
            ["amount"] = served.Command is AcceptCash { Difference: var difference }
                ? FormattableString.Invariant($"{difference:0.##########}")
                : null,
            ["force"] = served.Command is DeleteStrategy { Force: true } ? "true" : null,
            ["occurrence"] = served.Occurrence,
            ["reason"] = served.Reason,
        };
        return new(
            served.HandledAt ?? served.RequestedAt,
            served.Id,
            served.Caller,
            action,
            target,
            DetailsOf(details.Where(pair => pair.Value is not null)),
            served.Code
        );
    }

    /// <summary>Details as an entry holds them; null for none.</summary>
    internal static string? DetailsOf(IEnumerable<KeyValuePair<string, string?>>? details) =>
        details?.ToDictionary(StringComparer.Ordinal) is { Count: > 0 } some ? JsonSerializer.Serialize(some) : null;
}

/// <summary>
/// The record of every change. A change of a trading or schedule row commits its entry in the same group, beside that row
/// (<see cref="TradingWrite.Of(AuditEntry)"/>, <c>ScheduleWrite.Of</c>), and is listed from there until it is
/// moved to the log's own table.
/// </summary>
public interface IAuditLog
{
    /// <summary>Appends an entry for an action that commits no row.</summary>
    Task AppendAsync(string account, AuditEntry entry, CancellationToken cancellationToken);

    /// <summary>Entries, newest first, wherever they are stored.</summary>
    Task<Page<AuditEntry>> ListAsync(string account, int pageSize, string? continuation, CancellationToken cancellationToken);

    /// <summary>Moves entries that were committed beside their change to the log's own table. It may stop anywhere: no entry is lost or
    /// listed twice.</summary>
    Task ProjectAsync(string account, CancellationToken cancellationToken);

    /// <summary>Deletes entries older than <paramref name="before"/> (UTC).</summary>
    Task PruneAsync(string account, DateTimeOffset before, CancellationToken cancellationToken);
}
