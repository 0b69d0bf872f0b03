using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Rendering;
using AutoTrader.Contracts;
using Spectre.Console;

namespace AutoTrader.Cli.Commands;

/// <summary>Limits, kill switch, settings.</summary>
internal static class SafetyCommands
{
    private const string Hidden = "********";

    private static readonly (string Key, string Meaning, Func<RiskLimitsView, string> Read, Func<string, RiskRequest> Write)[] Limits =
    [
        (
            "max_position_size",
            "The most shares per symbol, held and on order.",
            it => Cells.Number(it.MaxPositionSize),
            text => new(MaxPositionSize: Number(text))
        ),
        (
            "max_position_value",
            "The largest value per symbol in dollars, held and on order.",
            it => Cells.Number(it.MaxPositionValue),
            text => new(MaxPositionValue: Number(text))
        ),
        (
            "max_order_value",
            "The largest value of one order in dollars.",
            it => Cells.Number(it.MaxOrderValue),
            text => new(MaxOrderValue: Number(text))
        ),
        (
            "max_daily_loss",
            "The daily loss in dollars at which buying stops until the next session.",
            it => Cells.Number(it.MaxDailyLoss),
            text => new(MaxDailyLoss: Number(text))
        ),
        ("max_daily_trades", "The most buys per day.", it => Cells.Number(it.MaxDailyTrades), text => new(MaxDailyTrades: Whole(text))),
        (
            "allow_margin",
            "Whether buys may use margin: true or false.",
            it => it.AllowMargin ? "true" : "false",
            text => new(AllowMargin: Truth(text))
        ),
    ];

    private static readonly (string Key, string Meaning)[] OfTheProfile =
    [
        ("url", "The server of the profile; set by trader login."),
        ("key", "The key of the profile, a secret; set by trader login."),
    ];

    public static IEnumerable<Command> Of(TraderCli cli) => [Safety(cli), Kill(cli), Config(cli)];

    private static CliCommand Safety(TraderCli cli) =>
        cli.Command(
            "safety",
            "The risk limits, and how much of them today has used.",
            async session =>
            {
                var risk = await session.WaitAsync(session.Api.GetRiskAsync(session.Cancellation));
                session.Print(() => SafetyViews.Risk(risk));
            },
            [],
            "trader safety"
        );

    private static CliCommand Kill(TraderCli cli)
    {
        var flatten = new Option<bool>("--flatten") { Description = "Also sell all strategies' shares." };
        var account = new Option<bool>("--account") { Description = "With --flatten: also sell unmanaged shares." };
        return cli.Command(
            "kill",
            "Turns the kill switch on: nothing is bought until trader start, even after a restart.",
            async session =>
            {
                if (session.Get(account) && !session.Get(flatten))
                {
                    throw new CommandException(ExitCode.Usage, "--account needs --flatten.");
                }

                await session.ActAsync();
                if (session.Get(flatten))
                {
                    session.Confirm($"Sell everything that {(session.Get(account) ? "the account holds" : "strategies hold")} at market?");
                }

                var request = new KillSwitchRequest(
                    true,
                    session.Get(cli.Reason) ?? "killed with trader kill",
                    session.Get(flatten) ? true : default(Optional<bool>),
                    session.Get(account) ? FlattenScope.Account : default(Optional<FlattenScope>)
                );
                var state = await session.WaitAsync(
                    session.Api.PutKillSwitchAsync(request, session.Key(), cancellationToken: session.Cancellation)
                );
                session.Print(() => SafetyViews.KillSwitch(state));
            },
            [flatten, account, cli.Reason, cli.Yes, cli.Key],
            "trader kill --reason 'the feed is wrong'",
            "trader kill --flatten --yes"
        );
    }

    private static CliCommand Config(TraderCli cli) =>
        TraderCli.Group(
            "config",
            "Settings: the account's limits in the app, and the profile's server on this machine. Other settings are app settings.",
            List(cli),
            GetOne(cli),
            Set(cli),
            Keys(cli)
        );

    private static CliCommand List(TraderCli cli)
    {
        var secrets = new Option<bool>("--show-secrets") { Description = "Also show the key." };
        return cli.Command(
            "list",
            "All settings.",
            async session =>
            {
                var risk = await session.WaitAsync(session.Api.GetRiskAsync(session.Cancellation));
                Print(
                    session,
                    [
                        .. Limits.Select(limit => (limit.Key, limit.Read(risk.Limits))),
                        .. OfTheProfile.Select(it => (it.Key, ProfileValue(session, it.Key, session.Get(secrets)))),
                    ]
                );
            },
            [secrets],
            "trader config list"
        );
    }

    private static CliCommand GetOne(TraderCli cli)
    {
        var key = Key();
        var secret = new Option<bool>("--show-secret") { Description = "Show the value even if it is secret." };
        return cli.Command(
            "get",
            "One setting.",
            async session =>
            {
                var name = session.Get(key)!;
                var value = OfTheProfile.Any(it => it.Key == name)
                    ? ProfileValue(session, name, session.Get(secret))
                    : Limit(name).Read((await session.WaitAsync(session.Api.GetRiskAsync(session.Cancellation))).Limits);
                Print(session, [(name, value)]);
            },
            [key, secret],
            "trader config get max_order_value"
        );
    }

    private static CliCommand Set(TraderCli cli)
    {
        var key = Key();
        var value = new Argument<string>("value") { Description = "The value." };
        return cli.Command(
            "set",
            "Changes a limit; it applies to every later order.",
            async session =>
            {
                var name = session.Get(key)!;
                if (OfTheProfile.Any(it => it.Key == name))
                {
                    throw new CommandException(ExitCode.Usage, "url and key belong together. Set them with: trader login URL");
                }

                var request = Limit(name).Write(session.Get(value)!);
                await session.ActAsync();
                var risk = await session.WaitAsync(session.Api.PutRiskAsync(request, cancellationToken: session.Cancellation));
                Print(session, [(name, Limit(name).Read(risk.Limits))]);
            },
            [key, value],
            "trader config set max_order_value 4000"
        );
    }

    private static CliCommand Keys(TraderCli cli) =>
        cli.Command(
            "keys",
            "All setting names.",
            session =>
            {
                var all = Limits.Select(limit => (limit.Key, limit.Meaning)).Concat(OfTheProfile).ToList();
                session.Print(new JsonArray([.. all.Select(it => JsonValue.Create(it.Key))]), () =>
                    Facts.Of(all.Select(it => (it.Key, (string?)it.Meaning)))
                );
                return Task.CompletedTask;
            },
            [],
            "trader config keys"
        );

    private static void Print(Session session, IReadOnlyList<(string Key, string Value)> values) =>
        session.Print(
            new JsonObject(
                values.Select(it => KeyValuePair.Create<string, JsonNode?>(it.Key, it.Value.Replace(",", "", StringComparison.Ordinal)))
            ),
            () => Facts.Of(values.Select(it => (it.Key, (string?)it.Value)))
        );

    private static Argument<string> Key()
    {
        var key = new Argument<string>("key") { Description = "The setting's name; trader config keys lists them." };
        key.CompletionSources.Add([.. Limits.Select(limit => limit.Key), .. OfTheProfile.Select(it => it.Key)]);
        return key;
    }

    private static string ProfileValue(Session session, string key, bool show) =>
        key == "url" ? session.Profile.Url
        : session.Profile.Key is { } secret
            ? show ? secret
                : Hidden
        : Cells.None;

    private static (string Key, string Meaning, Func<RiskLimitsView, string> Read, Func<string, RiskRequest> Write) Limit(string key) =>
        Limits.FirstOrDefault(limit => limit.Key == key) is { Key: not null } known
            ? known
            : throw new CommandException(
                ExitCode.NotFound,
                $"There is no setting {key}. There are: "
                    + $"{string.Join(", ", Limits.Select(limit => limit.Key).Concat(OfTheProfile.Select(it => it.Key)))}."
            );

    private static decimal Number(string text) =>
        decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Wrong(text, "a number, for example 4000");

    private static int Whole(string text) =>
        int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Wrong(text, "a whole number, for example 50");

    private static bool Truth(string text) =>
        text switch
        {
            "true" or "yes" => true,
            "false" or "no" => false,
            _ => throw Wrong(text, "true or false"),
        };

    private static CommandException Wrong(string text, string form) => new(ExitCode.Usage, $"'{text}' is not {form}.");
}
