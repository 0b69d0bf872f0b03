using System.Globalization;
using AutoTrader.Core.Notifications;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Application.Reports;

/// <summary>The status of a checklist item.</summary>
public enum ChecklistStatus
{
    /// <summary>Passed.</summary>
    Ok,

    /// <summary>It can be gone live with; somebody should decide so.</summary>
    Warn,

    /// <summary>Not with real money.</summary>
    Fail,
}

/// <summary>One check before trading with real money.</summary>
/// <param name="Id">Which, in snake case.</param>
/// <param name="What">The subject of the check, in a few words.</param>
/// <param name="Status">The status.</param>
/// <param name="Found">The finding, in a sentence.</param>
/// <param name="Todo">What to do; null when the check passes.</param>
public sealed record ChecklistItem(string Id, string What, ChecklistStatus Status, string Found, string? Todo = null);

/// <summary>What only the host knows about where the app runs.</summary>
/// <param name="StorageProblem">Why stored data may be lost, in a sentence; null when it is durable.</param>
/// <param name="HasDeadMansSwitch">Whether a monitor outside rings when the app falls silent.</param>
/// <param name="HasTelemetry">Whether measurements go to where alerts are raised.</param>
public sealed record AppSurroundings(string? StorageProblem, bool HasDeadMansSwitch, bool HasTelemetry);

/// <summary>The go-live checklist (docs/operations.md, "Go live"), checked by the app.</summary>
public sealed class Checklist(
    EngineService engine,
    ITradingStore store,
    IBroker broker,
    ChangeLog log,
    NotificationChannels channels,
    AppSurroundings surroundings,
    TimeProvider clock
)
{
    private const int AuditPage = 500;
    private const int AuditPages = 4;
    private const decimal LargeLossPct = 5;
    private static readonly TimeSpan BackupAge = TimeSpan.FromDays(7);
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(10);

    /// <summary>Checks everything.</summary>
    /// <param name="healthProblems">The health check's problems; empty when healthy.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<IReadOnlyList<ChecklistItem>> LookAsync(IReadOnlyList<string> healthProblems, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(healthProblems);
        var snapshot = await store.LoadAsync(broker.AccountKey, cancellationToken);
        var state = snapshot.Account?.Value ?? new AccountState();
        var strategies = snapshot.Strategies.Select(row => row.Value).ToList();
        var (account, ofBroker) = await AskBrokerAsync(state, cancellationToken);
        return
        [
            healthProblems.Count == 0
                ? new("health", "The app works", ChecklistStatus.Ok, "Cycles, sweep, delivery and watchdog are running.")
                : new("health", "The app works", ChecklistStatus.Fail, string.Join(' ', healthProblems), "See GET /api/health."),
            .. ofBroker,
            Attention(await engine.AttentionAsync(cancellationToken)),
            state.KillSwitch is { } kill
                ? new("kill_switch", "Kill switch", ChecklistStatus.Warn, $"It is on: {kill.Reason}.", "When you are ready: trader start.")
                : new("kill_switch", "Kill switch", ChecklistStatus.Ok, "It is off."),
            Limits(state.Limits, account),
            Protection(strategies),
            Names(strategies),
            channels.All.Count > 0
                ? new("notifications", "Notifications", ChecklistStatus.Ok, Count(channels.All.Count, "channel") + ".")
                : new(
                    "notifications",
                    "Notifications",
                    ChecklistStatus.Warn,
                    "No channel is set: fills, rejections and attention items notify nobody.",
                    "Set one (docs/notifications.md), then: trader notify test."
                ),
            surroundings.HasDeadMansSwitch
                ? new("dead_mans_switch", "Dead man's switch", ChecklistStatus.Ok, "An external monitor alerts you when the app stops.")
                : new(
                    "dead_mans_switch",
                    "Dead man's switch",
                    ChecklistStatus.Warn,
                    "Nothing alerts you when the app stops.",
                    "Set AutoTrader__HeartbeatUrl."
                ),
            surroundings.HasTelemetry
                ? new("telemetry", "Alerts", ChecklistStatus.Ok, "Measurements go to Application Insights.")
                : new(
                    "telemetry",
                    "Alerts",
                    ChecklistStatus.Warn,
                    "There is no Application Insights, so the portal raises no alerts.",
                    "Deploy with azd up, or monitor GET /api/health."
                ),
            surroundings.StorageProblem is { } problem
                ? new("storage", "Storage", ChecklistStatus.Fail, problem, "Use a storage account, or Azurite on a disk that is backed up.")
                : new("storage", "Storage", ChecklistStatus.Ok, "Acknowledged writes are durable."),
            await BackupAsync(cancellationToken),
        ];
    }

    private async Task<(BrokerAccount? Account, IReadOnlyList<ChecklistItem> Items)> AskBrokerAsync(
        AccountState state,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var account = await broker.GetAccountAsync(cancellationToken);
            var time = await broker.GetClockAsync(cancellationToken);
            var skew = time is null ? TimeSpan.Zero : (time.Now - clock.GetUtcNow()).Duration();
            return (
                account,
                [
                    (account.TradingBlocked, state.AccountNumber is { } known && known != account.Number) switch
                    {
                        (true, _) => new(
                            "broker",
                            "Broker",
                            ChecklistStatus.Fail,
                            $"{account.Number} may not trade.",
                            "See the broker's website."
                        ),
                        (_, true) => new(
                            "broker",
                            "Broker",
                            ChecklistStatus.Fail,
                            $"The keys are for {account.Number}, but this state belongs to {state.AccountNumber}.",
                            "Check the broker's keys."
                        ),
                        _ => new("broker", "Broker", ChecklistStatus.Ok, $"{broker.AccountKey} responds."),
                    },
                    broker.AccountKey.Contains("live", StringComparison.Ordinal)
                        ? new("account", "Account", ChecklistStatus.Ok, $"{broker.AccountKey} trades real money.")
                        : new(
                            "account",
                            "Account",
                            ChecklistStatus.Warn,
                            $"{broker.AccountKey} is paper: nothing here costs or earns money.",
                            "To go live: AutoTrader__Broker, AutoTrader__Live and AutoTrader__LiveAccount (docs/alpaca.md)."
                        ),
                    skew <= Skew
                        ? new("clock", "Clock", ChecklistStatus.Ok, "It agrees with the broker's clock.")
                        : new(
                            "clock",
                            "Clock",
                            ChecklistStatus.Fail,
                            FormattableString.Invariant($"It differs from the broker's clock by {skew.TotalSeconds:0} seconds."),
                            "Set the machine's clock."
                        ),
                ]
            );
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested && failure is not StorageUnavailableException)
        {
            return (
                null,
                [new("broker", "Broker", ChecklistStatus.Fail, $"It does not respond: {failure.Message}", "Check keys and network.")]
            );
        }
    }

    private static ChecklistItem Attention(IReadOnlyList<Attention> items)
    {
        var worst = items
            .Select(item => (Item: item, AttentionKinds.Of(item.Code).Severity))
            .Where(it => it.Severity > AttentionSeverity.Note)
            .OrderByDescending(it => it.Severity)
            .ToList();
        return worst is [var first, ..]
            ? new(
                "attention",
                "Attention",
                first.Severity == AttentionSeverity.High ? ChecklistStatus.Fail : ChecklistStatus.Warn,
                $"{Count(worst.Count, "item")}: {string.Join(", ", worst.Select(it => it.Item.Code).Distinct(StringComparer.Ordinal))}.",
                "GET /api/attention says what to do about each."
            )
            : new("attention", "Attention", ChecklistStatus.Ok, "Nothing needs attention.");
    }

    private static ChecklistItem Limits(RiskLimits limits, BrokerAccount? account)
    {
        const string Set = "trader config set max_daily_loss AMOUNT, and the other limits of trader safety.";
        var equity = account?.Equity ?? 0;
        return limits switch
        {
            _ when limits == new RiskLimits() => new(
                "limits",
                "Limits",
                ChecklistStatus.Warn,
                "They are the defaults; nobody has reviewed them.",
                "Set your own: " + Set
            ),
            _ when equity > 0 && limits.MaxDailyLoss > equity * LargeLossPct / 100 => new(
                "limits",
                "Limits",
                ChecklistStatus.Warn,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"max_daily_loss is {limits.MaxDailyLoss:0.##}, more than {LargeLossPct} % of the equity of {equity:0.##}."
                ),
                "If that is not intended, lower it: " + Set
            ),
            _ when limits.AllowMargin => new(
                "limits",
                "Limits",
                ChecklistStatus.Warn,
                "Buys may use margin.",
                "If that is not intended: trader config set allow_margin false."
            ),
            _ => new("limits", "Limits", ChecklistStatus.Ok, "They are set."),
        };
    }

    private static ChecklistItem Protection(IReadOnlyList<Strategy> strategies)
    {
        var without = strategies
            .Where(strategy =>
                strategy is { Enabled: true, IsTerminal: false, DeclaresProtection: false } && strategy.GridConfig?.StopBelow is null
            )
            .Select(strategy => strategy.Id)
            .Order(StringComparer.Ordinal)
            .ToList();
        return without.Count == 0
            ? new("protection", "Protection", ChecklistStatus.Ok, "Every enabled strategy has a stop.")
            : new(
                "protection",
                "Protection",
                ChecklistStatus.Warn,
                $"Without a stop, by choice: {string.Join(", ", without)}.",
                "If that is not intended, set stop_loss_pct (scale_out) or stop_below (grid)."
            );
    }

    private static ChecklistItem Names(IReadOnlyList<Strategy> strategies)
    {
        var enabled = strategies.Count(strategy => strategy.MayEnter);
        return enabled > 0
            ? new("strategies", "Strategies", ChecklistStatus.Ok, Count(enabled, "strategy", "strategies") + " may enter.")
            : new(
                "strategies",
                "Strategies",
                ChecklistStatus.Warn,
                "None may enter.",
                "trader strategy list, then trader strategy enable ID."
            );
    }

    private async Task<ChecklistItem> BackupAsync(CancellationToken cancellationToken)
    {
        var since = clock.GetUtcNow() - BackupAge;
        string? continuation = null;
        for (var page = 0; page < AuditPages; page++)
        {
            var entries = await log.ListAsync(AuditPage, continuation, cancellationToken);
            if (entries.Items.FirstOrDefault(entry => entry is { Action: "backup", Error: null }) is { } latest && latest.At >= since)
            {
                return new(
                    "backup",
                    "Backup",
                    ChecklistStatus.Ok,
                    string.Create(CultureInfo.InvariantCulture, $"The latest is from {latest.At:yyyy-MM-dd HH:mm}Z.")
                );
            }

            continuation = entries.Continuation;
            if (continuation is null || entries.Items.Any(entry => entry.At < since))
            {
                break;
            }
        }

        return new("backup", "Backup", ChecklistStatus.Warn, "There is none from the last seven days.", "trader backup");
    }

    private static string Count(int count, string one, string? many = null) =>
        count == 1 ? "1 " + one : string.Create(CultureInfo.InvariantCulture, $"{count} {many ?? one + "s"}");
}
