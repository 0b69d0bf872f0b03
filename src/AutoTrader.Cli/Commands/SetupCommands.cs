using System.CommandLine;
using System.Reflection;
using System.Text.Json.Nodes;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Rendering;
using AutoTrader.Contracts;
using Spectre.Console;
using Profile = AutoTrader.Cli.Client.Profile;

namespace AutoTrader.Cli.Commands;

/// <summary>Setup commands: log in, start the local host, complete in the shell, print the reference.</summary>
internal static class SetupCommands
{
    /// <summary>The command that runs the local host.</summary>
    public const string LocalName = "local";

    public static IEnumerable<Command> Of(TraderCli cli) =>
        [Login(cli), Logout(cli), List(cli), Local(cli), Completion(cli), Reference(cli)];

    private static CliCommand Login(TraderCli cli)
    {
        var url = new Argument<string>("url") { Description = "The server: https://NAME.azurewebsites.net." };
        return cli.Command(
            "login",
            "Saves a server and its key as a profile and makes it the default. The key is prompted for, or read from a pipe; the file "
                + "is readable by you only.",
            async session =>
            {
                var server = session.Get(url)!.TrimEnd('/');
                var isLocal = Uri.TryCreate(server, UriKind.Absolute, out var address) && address.IsLoopback;
                if (address?.Scheme == "http" && !isLocal)
                {
                    throw new CommandException(ExitCode.Usage, "A key is not sent over http, where others could read it. Use https.");
                }

                var key = KeyOf(session);
                if (key is null && !isLocal)
                {
                    throw new CommandException(
                        ExitCode.Usage,
                        "There is no key. Type it when prompted, or pipe it: trader login URL < key-file"
                    );
                }

                var engine = await session.WaitAsync(session.Connect(new(server, key)).GetEngineAsync(session.Cancellation));
                Profiles.Load(session.Terminal).Keep(session.Get(cli.Profile), new(server, key, engine.Account));
                session.Print(
                    new JsonObject
                    {
                        ["url"] = server,
                        ["account"] = engine.Account,
                        ["live"] = EngineView.IsLive(engine.Account),
                    },
                    () =>
                        new Text(
                            $"Logged in to {server}: account {engine.Account} ({(EngineView.IsLive(engine.Account) ? "LIVE" : "PAPER")})."
                        )
                );
            },
            [url],
            "trader login https://my-trader.azurewebsites.net",
            "trader login https://my-trader.azurewebsites.net --profile work < key-file"
        );
    }

    private static string? KeyOf(Session session)
    {
        if (!session.Terminal.InIsTerminal)
        {
            return session.Terminal.In.ReadLine()?.Trim() is { Length: > 0 } piped ? piped : null;
        }

        session.Terminal.Error.Write("Function key (empty for none): ");
        return session.Terminal.ReadSecret?.Invoke()?.Trim() is { Length: > 0 } typed ? typed : null;
    }

    private static CliCommand Logout(TraderCli cli) =>
        cli.Command(
            "logout",
            "Forgets a profile and its key.",
            session =>
            {
                var profiles = Profiles.Load(session.Terminal);
                var name = session.Get(cli.Profile) ?? profiles.Default;
                if (!profiles.Forget(name))
                {
                    throw new CommandException(ExitCode.NotFound, $"There is no profile {name}.");
                }

                session.Print(new JsonObject { ["status"] = "forgotten", ["profile"] = name }, () =>
                    new Text($"Profile {name} is forgotten.")
                );
                return Task.CompletedTask;
            },
            [],
            "trader logout",
            "trader logout --profile work"
        );

    private static CliCommand List(TraderCli cli) =>
        cli.Command(
            "profiles",
            "The profiles, without their keys.",
            session =>
            {
                var profiles = Profiles.Load(session.Terminal);
                session.Print(
                    new JsonArray([
                        .. profiles.All.Select(it => new JsonObject
                        {
                            ["name"] = it.Key,
                            ["url"] = it.Value.Url,
                            ["account"] = it.Value.Account,
                            ["default"] = it.Key == profiles.Default,
                        }),
                    ]),
                    () =>
                        new Listing<KeyValuePair<string, Profile>>(session.Terminal.Width)
                            .Column("profile", it => it.Key)
                            .Column("default", it => Cells.Flag(it.Key == profiles.Default))
                            .Column("server", it => it.Value.Url)
                            .Column("account", it => it.Value.Account ?? Cells.None)
                            .Of([.. profiles.All], $"There are none: {Profile.Local} is used. Create one: trader login URL")
                );
                return Task.CompletedTask;
            },
            [],
            "trader profiles"
        );

    private static CliCommand Local(TraderCli cli)
    {
        var options = new Argument<string[]>("options")
        {
            Description = "The local host's options, after --: trader local -- --help lists them.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        return cli.Command(
            LocalName,
            "Runs the app on this machine until Ctrl+C: on the sample market, with its own storage, whose folder is printed at start. "
                + "It needs Node.js, or --memory.",
            session =>
            {
                // The local host is a separate program; it is loaded only here, and handles Ctrl+C itself.
                var program = Assembly.Load("AutoTrader.LocalHost").EntryPoint!;
                var code = (int)program.Invoke(null, [session.Get(options)])!;
                return code == 0 ? Task.CompletedTask : throw new CommandException((ExitCode)code, "The local host did not start.");
            },
            [options],
            "trader local",
            "trader local -- --memory --port 7072 --speed 60"
        );
    }

    private static CliCommand Completion(TraderCli cli)
    {
        var shell = new Argument<string>("shell") { Description = "Which shell." };
        shell.AcceptOnlyFromAmong([.. CompletionScripts.All.Keys]);
        return cli.Command(
            "completion",
            "Prints a shell's completion script.",
            session =>
            {
                session.Print(CompletionScripts.All[session.Get(shell)!]);
                return Task.CompletedTask;
            },
            [shell],
            "trader completion bash >> ~/.bashrc",
            "trader completion zsh >> ~/.zshrc",
            "trader completion fish > ~/.config/fish/completions/trader.fish",
            "trader completion powershell >> $PROFILE"
        );
    }

    private static CliCommand Reference(TraderCli cli) =>
        cli.Command(
            "reference",
            "Prints every command as Markdown.",
            session =>
            {
                session.Print(ReferencePage.Write(TraderCli.Described()));
                return Task.CompletedTask;
            },
            [],
            "trader reference > docs/trader.md"
        );
}
