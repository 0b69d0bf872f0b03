using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using AutoTrader.Brokers.Alpaca;
using AutoTrader.Brokers.Market;
using AutoTrader.Brokers.Paper;
using AutoTrader.Core.Engine;

namespace AutoTrader.InfraDocs;

/// <summary>A setting of the app.</summary>
/// <param name="Group">Under which heading it stands.</param>
/// <param name="Name">As an environment variable, with <c>__</c> between its parts and <c>{name}</c> for what people choose.</param>
/// <param name="Default">What counts without it.</param>
/// <param name="Meaning">What it does.</param>
public sealed record Setting(string Group, string Name, string Default, string Meaning);

/// <summary>Every setting that the app reads, as a page: those of options from their types, the others from one list.</summary>
public static partial class SettingsPage
{
    private const string Triggers = "Triggers and storage";
    private const string Broker = "Broker and market data";
    private const string Notifications = "Notifications";
    private const string Monitoring = "Monitoring";
    private const string Local = "Local host";
    private const string None = "none";

    private static readonly Setting[] Single =
    [
        new(
            Triggers,
            "AzureWebJobsStorage",
            "must be set, or the next",
            "The storage account by connection string; `UseDevelopmentStorage=true` is Azurite."
        ),
        new(Triggers, "AzureWebJobsStorage__accountName", "must be set, or the last", "The storage account by the app's identity."),
        new(Triggers, "AzureWebJobsStorage__tableServiceUri", "of the account", "Instead of the account's name, with `__blobServiceUri`."),
        new(Triggers, "AzureWebJobsStorage__blobServiceUri", "of the account", "Likewise."),
        new(Triggers, "AzureWebJobsStorage__queueServiceUri", "of the account", "Likewise, for the engine of orchestrations."),
        new(Triggers, "AzureWebJobsStorage__clientId", "the only identity", "The client id of a user-assigned identity."),
        new(Triggers, "CycleSchedule", "must be set", "When a cycle runs: NCRONTAB, UTC. The example has `0 * * * * *`."),
        new(
            Triggers,
            "MaintenanceSchedule",
            "must be set",
            "When schedules are looked after, notifications sent and old records archived: NCRONTAB, UTC. The example has `30 * * * * *`."
        ),
        new(Triggers, "AutoTrader__Storage", "tables", "`memory` keeps everything in the process."),
        new(Triggers, "AutoTrader__TablePrefix", None, "Keeps several installations in one account apart: 1 to 20 letters and digits."),
        new(Triggers, "AutoTrader__ImportOnFirstStart", None, "A `strategies.yaml` to import into an account that was never used."),
        new(Triggers, "AutoTrader__ImportSchedulesOnFirstStart", None, "A `schedules.yaml`, likewise."),
        new(Broker, "AutoTrader__Broker", "paper", "`paper`, `alpaca-paper` or `alpaca-live`."),
        new(Broker, "AutoTrader__MarketData", "goes with the broker", "`csv` or `alpaca`."),
        new(Broker, "AutoTrader__Live", None, "`true` is the first interlock of live trading."),
        new(Broker, "AutoTrader__LiveAccount", None, "The number of the account that may be traded live: the second interlock."),
        new(Broker, "ALPACA_API_KEY", None, "The same as `AutoTrader__Alpaca__KeyId`."),
        new(Broker, "ALPACA_SECRET_KEY", None, "The same as `AutoTrader__Alpaca__SecretKey`."),
        new(Broker, "ALPACA_PROD_API_KEY", None, "The same as `AutoTrader__Alpaca__LiveKeyId`."),
        new(Broker, "ALPACA_PROD_SECRET_KEY", None, "The same as `AutoTrader__Alpaca__LiveSecretKey`."),
        new(Broker, "ALPACA_PAPER_BASE_URL", None, "The same as `AutoTrader__Alpaca__PaperBaseUrl`."),
        new(Broker, "ALPACA_PROD_BASE_URL", None, "The same as `AutoTrader__Alpaca__LiveBaseUrl`."),
        new(Broker, "ALPACA_DATA_FEED", None, "The same as `AutoTrader__Alpaca__Feed`."),
        new("Retention", "AutoTrader__Schedules__RetentionDays", "90", "Days until runs of schedules are deleted."),
        new(
            Notifications,
            "DISCORD_WEBHOOK_URL",
            None,
            "The channel's address: https and public, or http on localhost; `${NAME}` stands for another setting. "
                + "Also `AutoTrader__Notifications__discord__Url`."
        ),
        new(Notifications, "SLACK_WEBHOOK_URL", None, "Likewise for Slack."),
        new(Notifications, "TEAMS_WEBHOOK_URL", None, "Likewise for Teams."),
        new(Notifications, "CUSTOM_WEBHOOK_URL", None, "Likewise for a webhook of yours."),
        new(Notifications, "CUSTOM_WEBHOOK_SECRET", "unsigned", "The key that its requests are signed with."),
        new(Notifications, "NOTIFICATIONS_ENABLED", "true", "`false`, `no` or `0` switches all off."),
        new(Notifications, "AutoTrader__Notifications__Enabled", "true", "The same."),
        new(
            Notifications,
            "AutoTrader__Notifications__{channel}__Enabled",
            "true",
            "Switches one of `discord`, `slack`, `teams`, `webhook` off."
        ),
        new(Notifications, "AutoTrader__Notifications__{channel}__Url", None, "The channel's address."),
        new(Notifications, "AutoTrader__Notifications__{channel}__Username", None, "The name under which Discord shows it."),
        new(
            Notifications,
            "AutoTrader__Notifications__{channel}__Events__{event}",
            "true",
            "`false` keeps an event from the channel; counts more than the next."
        ),
        new(Notifications, "AutoTrader__Notifications__Events__{event}", "true", "`false` keeps an event from every channel."),
        new(
            Notifications,
            "AutoTrader__Notifications__Webhooks__{name}__Url",
            None,
            "More webhooks; they have `__Enabled` and `__Events__{event}` too."
        ),
        new(Notifications, "AutoTrader__Notifications__Webhooks__{name}__Secret", "unsigned", "The key that its requests are signed with."),
        new(Notifications, "AutoTrader__Notifications__TimeZone", "America/New_York", "The zone of the times in texts."),
        new(Notifications, "AutoTrader__Notifications__MaxAttempts", "10", "Attempts before a notification is given up."),
        new(Notifications, "AutoTrader__Notifications__RetentionDays", "30", "Days until what was sent is deleted."),
        new(Monitoring, "AutoTrader__HeartbeatUrl", None, "A dead man's switch outside, by the conventions of healthchecks.io."),
        new(Monitoring, "APPLICATIONINSIGHTS_CONNECTION_STRING", None, "Sends logs, spans and measurements to Azure Monitor."),
        new(
            Monitoring,
            "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
            "the connection string alone",
            "`Authorization=AAD;ClientId=...`: sends them by the app's identity."
        ),
        new(Monitoring, "OTEL_EXPORTER_OTLP_ENDPOINT", None, "Sends them to an OTLP endpoint."),
        new(Monitoring, "OTEL_TRACES_EXPORTER", None, "`console` shows spans there, when neither of these is set."),
        new(Monitoring, "OTEL_METRICS_EXPORTER", None, "`console`, likewise for measurements."),
        new(Local, "LocalHost__Port", "7071", "The port on your machine."),
        new(
            Local,
            "LocalHost__Keys__{name}",
            None,
            "Function keys (`_master` opens the admin level); without any only this machine is served."
        ),
        new(Local, "LocalHost__Replay__Start", "real time", "Replays from this instant."),
        new(Local, "LocalHost__Replay__End", None, "Up to this one."),
        new(Local, "LocalHost__Replay__Speed", "as fast as it can", "Virtual seconds a second."),
        new(Local, "LocalHost__Replay__SkipClosedHours", "false", "Whether closed hours pass as fast as they can."),
        new(Local, "LocalHost__DrainSeconds", "60", "How long what runs may take to end."),
    ];

    // The engine sets these itself.
    private static readonly HashSet<string> NotSet = new(StringComparer.Ordinal)
    {
        "AutoTrader__Engine__Holder",
        "AutoTrader__Engine__CycleInterval",
    };

    /// <summary>Every setting.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        .. Single,
        .. Of("Paper broker", PaperOptions.Section, new PaperOptions()),
        .. Of("Prices from files", CsvMarketOptions.Section, new CsvMarketOptions()),
        .. Of("Alpaca", AlpacaOptions.Section, new AlpacaOptions()),
        .. Of("Engine", "AutoTrader:Engine", new EngineOptions()),
        .. Of("Retention", "AutoTrader:Retention", new RetentionOptions()),
    ];

    /// <summary>Writes the page.</summary>
    internal static string Write()
    {
        var page = new StringBuilder();
        page.AppendLine("# Settings").AppendLine();
        page.AppendLine(
                "App settings in Azure, `local.settings.json` (else its `.example`) on your machine; an environment variable wins. "
                    + "A time span is `hh:mm:ss`. Risk limits are no settings: `GET` and `PUT /risk`."
            )
            .AppendLine();
        page.AppendLine("Made from the code by `dotnet run --project tools/InfraDocs`; a test compares.");
        foreach (var group in All.GroupBy(setting => setting.Group, StringComparer.Ordinal))
        {
            page.AppendLine()
                .AppendLine(CultureInfo.InvariantCulture, $"## {group.Key}")
                .AppendLine()
                .AppendLine("| setting | default | meaning |")
                .AppendLine("|---|---|---|");
            foreach (var setting in group)
            {
                page.AppendLine(CultureInfo.InvariantCulture, $"| `{setting.Name}` | {setting.Default} | {setting.Meaning} |");
            }
        }

        return page.ToString().ReplaceLineEndings("\n");
    }

    private static IEnumerable<Setting> Of(string group, string section, object options)
    {
        var documents = XDocument
            .Load(Path.ChangeExtension(options.GetType().Assembly.Location, ".xml"))
            .Descendants("member")
            .ToDictionary(member => (string)member.Attribute("name")!, StringComparer.Ordinal);
        return Of(group, section.Replace(":", "__", StringComparison.Ordinal), options, documents);
    }

    private static IEnumerable<Setting> Of(string group, string path, object options, Dictionary<string, XElement> documents)
    {
        foreach (var property in options.GetType().GetProperties().Where(it => it.CanWrite && !NotSet.Contains($"{path}__{it.Name}")))
        {
            var value = property.GetValue(options)!;
            if (property.PropertyType is { IsClass: true } part && part != typeof(string))
            {
                foreach (var inner in Of(group, $"{path}__{property.Name}", value, documents))
                {
                    yield return inner;
                }

                continue;
            }

            yield return new(
                group,
                $"{path}__{property.Name}",
                Text(value),
                Meaning(documents[$"P:{property.DeclaringType!.FullName}.{property.Name}"].Element("summary")!, property.DeclaringType)
            );
        }
    }

    private static string Text(object value) =>
        value switch
        {
            "" => None,
            TimeSpan span => span.ToString("c", CultureInfo.InvariantCulture),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };

    // Constants by their values, code as code.
    private static string Meaning(XElement summary, Type type) =>
        Spaces()
            .Replace(
                string.Concat(
                    summary
                        .Nodes()
                        .Select(node =>
                            node switch
                            {
                                XElement { Name.LocalName: "see" } reference => Named((string)reference.Attribute("cref")!, type),
                                XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
                                XText text => text.Value,
                                _ => "",
                            }
                        )
                ),
                " "
            )
            .Trim();

    private static string Named(string reference, Type type)
    {
        var name = reference[(reference.LastIndexOf('.') + 1)..];
        return type.GetField(name, BindingFlags.Public | BindingFlags.Static) is { IsLiteral: true } constant
            ? $"`{constant.GetRawConstantValue()}`"
            : name;
    }

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Spaces();
}
