using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AutoTrader.Core.Notifications;
using Microsoft.Extensions.Configuration;

namespace AutoTrader.Functions.Notifications;

/// <summary>
/// Reads the channels from the settings: <c>DISCORD_WEBHOOK_URL</c>, <c>CUSTOM_WEBHOOK_URL</c> and <c>NOTIFICATIONS_ENABLED</c>,
/// their like for Slack and Teams, and the rest below <c>AutoTrader__Notifications__</c>. A value may
/// name another setting: <c>${NAME}</c>.
/// </summary>
internal sealed partial class NotificationSettings(IConfiguration configuration, HttpClient client, TimeProvider wallClock)
{
    /// <summary>The kind of the generic webhooks.</summary>
    public const string Webhook = "webhook";

    private const string Section = "AutoTrader:Notifications";
    private const string DefaultZone = "America/New_York";

    private static readonly (string Kind, string Setting)[] BuiltIn =
    [
        ("discord", "DISCORD_WEBHOOK_URL"),
        ("slack", "SLACK_WEBHOOK_URL"),
        ("teams", "TEAMS_WEBHOOK_URL"),
        (Webhook, "CUSTOM_WEBHOOK_URL"),
    ];

    /// <summary>The channels; none when notifications are off.</summary>
    /// <exception cref="InvalidOperationException">A setting is wrong; the message names it, and never its value when that is an
    /// address.</exception>
    public NotificationChannels Channels()
    {
        if (!IsOn(Value("NOTIFICATIONS_ENABLED")) || !IsOn(Value($"{Section}:Enabled")))
        {
            return new([]);
        }

        var time = new NotificationTime(Zone());
        List<INotificationChannel> channels =
        [
            .. BuiltIn
                .Select(it => Channel(it.Kind, it.Kind, it.Setting, $"{Section}:{it.Kind}", "CUSTOM_WEBHOOK_SECRET", time))
                .OfType<INotificationChannel>(),
        ];
        foreach (var section in configuration.GetSection($"{Section}:Webhooks").GetChildren())
        {
            if (
                !ValidName().IsMatch(section.Key)
                || section.Key == "all"
                || channels.Exists(channel => channel.Name.Equals(section.Key, StringComparison.OrdinalIgnoreCase))
            )
            {
                throw new InvalidOperationException(
                    $"{Section.Replace(":", "__", StringComparison.Ordinal)}__Webhooks__{section.Key}: the name must be 1 to 32 "
                        + "letters, digits, - or _, not all, and no other channel's."
                );
            }

            if (Channel(section.Key, Webhook, $"{section.Path}:Url", section.Path, $"{section.Path}:Secret", time) is { } channel)
            {
                channels.Add(channel);
            }
        }

        return new(channels);
    }

    /// <summary>How notifications are delivered: attempts, and how long sent ones are kept.</summary>
    public DeliveryOptions Options()
    {
        var defaults = new DeliveryOptions();
        return defaults with
        {
            MaxAttempts = Whole($"{Section}:MaxAttempts", 1, 100, defaults.MaxAttempts),
            Retention = TimeSpan.FromDays(Whole($"{Section}:RetentionDays", 1, 3650, (int)defaults.Retention.TotalDays)),
        };
    }

    private static bool IsOn(string? value) => value?.Trim().ToLowerInvariant() is not ("0" or "false" or "no");

    private WebhookChannel? Channel(
        string name,
        string kind,
        string urlSetting,
        string section,
        string secretSetting,
        NotificationTime time
    )
    {
        if ((Value(urlSetting) ?? Value($"{section}:Url")) is not { } url || !IsOn(Value($"{section}:Enabled")))
        {
            return null;
        }

        // What all channels mute, and what a channel says for itself, which counts more.
        var muted = configuration
            .GetSection($"{Section}:Events")
            .GetChildren()
            .Concat(configuration.GetSection($"{section}:Events").GetChildren())
            .GroupBy(it => it.Key, StringComparer.OrdinalIgnoreCase)
            .Where(it => !IsOn(it.Last().Value))
            .Select(it => it.Key)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        var username = Value($"{section}:Username");
        Func<Notification, JsonObject> payload = kind switch
        {
            "discord" => notification => Payloads.Discord(notification, time, username),
            "slack" => notification => Payloads.Slack(notification, time),
            "teams" => notification => Payloads.Teams(notification, time),
            _ => notification => Payloads.Webhook(notification, time),
        };
        return new WebhookChannel(
            name,
            kind,
            WebhookAddress.Parse(urlSetting.Replace(":", "__", StringComparison.Ordinal), url),
            muted,
            payload,
            kind == Webhook ? Value(secretSetting) : null,
            client,
            wallClock
        );
    }

    private TimeZoneInfo Zone()
    {
        var id = Value($"{Section}:TimeZone") ?? DefaultZone;
        return TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone)
            ? zone
            : throw new InvalidOperationException(
                $"The setting AutoTrader__Notifications__TimeZone '{id}' is not a time zone. Use an IANA name, such as {DefaultZone}."
            );
    }

    private int Whole(string setting, int min, int max, int otherwise) =>
        Value(setting) is not { } text ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max ? number
        : throw new InvalidOperationException(
            $"The setting {setting.Replace(":", "__", StringComparison.Ordinal)} must be a whole number from {min} to {max}."
        );

    private string? Value(string setting)
    {
        var text = configuration[setting];
        var resolved = text is null
            ? null
            : Reference()
                .Replace(text, match =>
                    configuration[match.Groups["name"].Value]
                    ?? throw new InvalidOperationException(
                        $"The setting {setting.Replace(":", "__", StringComparison.Ordinal)} refers to {match.Value}, which is not set."
                    )
                );
        return string.IsNullOrWhiteSpace(resolved) ? null : resolved.Trim();
    }

    [GeneratedRegex(
        @"\$\{(?<name>[A-Za-z_][A-Za-z0-9_]*)\}",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Reference();

    [GeneratedRegex("^[A-Za-z0-9_-]{1,32}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ValidName();
}
