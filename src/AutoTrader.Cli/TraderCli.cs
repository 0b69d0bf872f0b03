using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Commands;
using AutoTrader.Cli.Commands.Backtests;
using AutoTrader.Cli.Rendering;

namespace AutoTrader.Cli;

/// <summary>A command with examples.</summary>
internal sealed class CliCommand(string name, string description, params string[] examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples { get; } = examples;

    /// <summary>How long a command may take after Ctrl+C to save and print its results; null for the default.</summary>
    public TimeSpan? Ending { get; init; }
}

/// <summary>The command line <c>trader</c>: its commands, a file per group, and what all of them share.</summary>
internal sealed class TraderCli
{
    private const double DefaultTimeout = 60;

    // The longest wait after Ctrl+C for the outcome of a change; it is printed at once unless the machine is very busy.
    private static readonly TimeSpan OutcomeGrace = TimeSpan.FromSeconds(15);

    // Backtests finish their current session and keep their results by themselves.
    private static readonly TimeSpan ResultGrace = TimeSpan.FromSeconds(30);
    private static readonly string[] EndsWhole = ["run", "files", "optimize", "fetch"];

    private TraderCli(Terminal terminal, IReadOnlyList<string> arguments)
    {
        (Terminal, Arguments) = (terminal, arguments);
        Timeout.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && result.GetValueOrDefault<double>() is not (> 0 and <= 3600))
            {
                result.AddError("--timeout is a number of seconds above 0, at most 3600.");
            }
        });
    }

    public Terminal Terminal { get; }

    /// <summary>The command line as typed.</summary>
    public IReadOnlyList<string> Arguments { get; }

    public Option<bool> Json { get; } =
        new("--json") { Description = "Print the API's JSON, and nothing else, on stdout.", Recursive = true };

    public Option<bool> Prod { get; } = new("--prod") { Description = "Fail unless the server trades the live account.", Recursive = true };

    public Option<string?> Profile { get; } =
        new("--profile")
        {
            Description = "The server: a profile created by trader login.",
            HelpName = "name",
            Recursive = true,
        };

    public Option<double> Timeout { get; } =
        new("--timeout")
        {
            Description = "How long to wait for a response, in seconds.",
            HelpName = "seconds",
            Recursive = true,
            DefaultValueFactory = _ => DefaultTimeout,
        };

    public Option<bool> Yes { get; } = new("--yes", "-y") { Description = "Skip the confirmation." };

    public Option<string?> Key { get; } =
        new("--idempotency-key")
        {
            Description = "The key of a command to repeat when its outcome is unknown; the same key runs it once.",
            HelpName = "key",
        };

    public Option<string?> Reason { get; } = new("--reason") { Description = "The reason, kept in the audit.", HelpName = "text" };

    public Option<string?> Zone { get; } =
        new("--zone") { Description = "The IANA time zone for input and output. Default: America/New_York.", HelpName = "zone" };

    /// <summary>Runs a command line.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments,
        Terminal terminal,
        CancellationToken cancellationToken = default
    )
    {
        var cli = new TraderCli(terminal, arguments);
        var parsed = cli.Root().Parse(arguments);
        if (parsed.Action is ParseErrorAction)
        {
            // The parser indents its choices with tabs, which would be shown as a control character.
            var words = string.Join(' ', parsed.Errors.Select(error => error.Message).Distinct(StringComparer.Ordinal))
                .Replace("\t", "  ", StringComparison.Ordinal);
            return (int)cli.Report(parsed, new(ExitCode.Usage, $"{words} See: {Path(parsed.CommandResult.Command)} --help"));
        }

        return await parsed.InvokeAsync(
            new()
            {
                Output = terminal.Out,
                Error = terminal.Error,
                EnableDefaultExceptionHandler = false,
                // The local host listens to Ctrl+C itself, and lets what runs come to its end.
                ProcessTerminationTimeout = parsed.CommandResult.Command switch
                {
                    { Name: SetupCommands.LocalName } => null,
                    CliCommand { Ending: { } ending } => ending,
                    _ => OutcomeGrace,
                },
            },
            cancellationToken
        );
    }

    /// <summary>The command line without anything around it, to be described.</summary>
    public static RootCommand Described() => new TraderCli(new(TextWriter.Null, TextWriter.Null, TextReader.Null, _ => null), []).Root();

    /// <summary>A command that does something.</summary>
    public CliCommand Command(
        string name,
        string description,
        Func<Session, Task> run,
        IEnumerable<Symbol> symbols,
        params string[] examples
    )
    {
        var command = new CliCommand(name, description, examples) { Ending = EndsWhole.Contains(name) ? ResultGrace : null };
        foreach (var symbol in symbols)
        {
            switch (symbol)
            {
                case Argument argument:
                    command.Add(argument);
                    break;
                case Option option:
                    command.Add(option);
                    break;
                case Command below:
                    command.Add(below);
                    break;
                default:
                    throw new ArgumentException($"{symbol.Name} is none of a command.", nameof(symbols));
            }
        }

        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, run, cancellationToken));
        return command;
    }

    /// <summary>A command that only holds others.</summary>
    public static CliCommand Group(string name, string description, params IEnumerable<Command> commands)
    {
        var group = new CliCommand(name, description);
        foreach (var command in commands)
        {
            group.Add(command);
        }

        return group;
    }

    /// <summary>The words that lead to a command.</summary>
    public static string Path(Command command) =>
        command is RootCommand ? "trader" : $"{Path(command.Parents.OfType<Command>().First())} {command.Name}";

    private RootCommand Root()
    {
        var root = new RootCommand("AutoTrader: rule-based stock strategies that run unattended. This is the client of its API.")
        {
            Json,
            Prod,
            Profile,
            Timeout,
        };
        foreach (
            var command in (IEnumerable<Command>)
                [
                    .. EngineCommands.Of(this),
                    .. PortfolioCommands.Of(this),
                    .. OrderCommands.Of(this),
                    StrategyCommands.Of(this),
                    ScheduleCommands.Of(this),
                    .. EventCommands.Of(this),
                    .. AnalysisCommands.Of(this),
                    .. SafetyCommands.Of(this),
                    NotifyCommands.Of(this),
                    BacktestCommands.Of(this),
                    RehearseCommand.Of(this),
                    VisualizeCommand.Of(this),
                    OptimizeCommand.Of(this),
                    OptimizationCommands.Of(this),
                    IndicatorCommands.Of(this),
                    DataCommands.Of(this),
                    McpCommands.Of(this),
                    .. BackupCommands.Of(this),
                    .. SetupCommands.Of(this),
                ]
        )
        {
            root.Add(command);
        }

        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!, Terminal.Width);
        root.Options.OfType<VersionOption>().Single().Description = "The version.";
        return root;
    }

    private async Task<int> RunAsync(ParseResult parsed, Func<Session, Task> run, CancellationToken cancellationToken)
    {
        // Ctrl+C waits for a command that has returned its task; one that has not is considered stuck, and ends with 130.
        await Task.Yield();
        using var session = new Session(this, parsed, cancellationToken);
        try
        {
            if (session.IsProd)
            {
                await session.ActAsync();
            }

            await run(session);
            return (int)ExitCode.Done;
        }
        catch (Exception failure) when (Known(failure, cancellationToken) is { } known)
        {
            var code = Report(parsed, known.Code == ExitCode.OutcomeUnknown ? WithCommand(known, session) : known);
            return (int)code;
        }
    }

    private static CommandException WithCommand(CommandException failure, Session session) =>
        new(failure.Code, $"{failure.Message}\nTo find out without doing it twice: {session.RepeatCommand()}")
        {
            ProblemCode = failure.ProblemCode,
        };

    // The client wraps what its handler throws.
    private static CommandException? Known(Exception failure, CancellationToken cancellationToken)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case CommandException known:
                    return known;
                case System.Text.Json.JsonException malformed:
                    return new(
                        ExitCode.Failed,
                        $"The server's response cannot be read: {malformed.Message} Its version may differ from this command line's."
                    );
                case IOException or UnauthorizedAccessException:
                    return new(ExitCode.Failed, cause.Message);
                default:
                    break;
            }
        }

        return failure is OperationCanceledException && cancellationToken.IsCancellationRequested
            ? new(ExitCode.Failed, "Canceled; nothing was changed.")
            : null;
    }

    private ExitCode Report(ParseResult parsed, CommandException failure)
    {
        if (parsed.GetValue(Json))
        {
            Terminal.Error.WriteLine(Outcomes.AsProblem(failure));
        }
        else
        {
            Terminal.Error.WriteLine(Cells.CleanLines(failure.ProblemCode is { } code ? $"{code}: {failure.Message}" : failure.Message));
        }

        return failure.Code;
    }

    /// <summary>The default help, followed by examples.</summary>
    private sealed class HelpWithExamples : SynchronousCommandLineAction
    {
        private readonly HelpAction _usual;

        public HelpWithExamples(HelpAction usual, int width)
        {
            usual.MaxWidth = width;
            _usual = usual;
        }

        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = _usual.Invoke(parseResult);
            if (parseResult.CommandResult.Command is CliCommand { Examples: { Count: > 0 } examples })
            {
                var output = parseResult.InvocationConfiguration.Output;
                output.WriteLine("Examples:");
                foreach (var example in examples)
                {
                    output.WriteLine("  " + example);
                }

                output.WriteLine();
            }

            return code;
        }
    }
}
