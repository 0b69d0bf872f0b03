using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoTrader.Cli.Client.Backtests;
using AutoTrader.Cli.Rendering;
using AutoTrader.Contracts;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AutoTrader.Cli.Client;

/// <summary>One command that runs: its values, the API, and where its answer goes.</summary>
internal sealed class Session(TraderCli cli, ParseResult parsed, CancellationToken cancellationToken) : Caller(cancellationToken)
{
    private static readonly TimeSpan Unnoticed = TimeSpan.FromSeconds(1);

    private readonly List<string> _repeat = [];
    private readonly Dictionary<string, string> _meant = new(StringComparer.Ordinal);
    private Connection? _connection;
    private Profile? _profile;

    public Terminal Terminal => cli.Terminal;

    /// <summary>Past prices on this machine.</summary>
    public PriceSource Prices => new(Terminal.Variable, Terminal.DataFolder);

    public bool Json => parsed.GetValue(cli.Json);

    public Profile Profile => _profile ??= Profiles.Choose(Terminal, parsed.GetValue(cli.Profile));

    public override IAutoTraderApi Api => _connection?.Api ?? Connect(Profile);

    /// <summary>How long an answer may take.</summary>
    public TimeSpan Limit => TimeSpan.FromSeconds(parsed.GetValue(cli.Timeout));

    /// <summary>The command that finds out what became of this one, where repeating it does not.</summary>
    public string? FindsOut { get; set; }

    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    public T? Get<T>(Argument<T> argument) => parsed.GetValue(argument);

    /// <summary>Whether an option was typed.</summary>
    public bool IsGiven(Option option) => parsed.GetResult(option) is { Implicit: false };

    /// <summary>A client for another server than that of the profile.</summary>
    public IAutoTraderApi Connect(Profile profile)
    {
        _profile = profile;
        _connection?.Dispose();
        _connection = Connection.Open(profile, Limit, Terminal.Clock, "trader");
        return _connection.Api;
    }

    /// <summary>Awaits a task; after a second it prints a note on a terminal.</summary>
    public override async Task<T> WaitAsync<T>(Task<T> response)
    {
        if (
            Terminal.ErrorIsTerminal
            && !response.IsCompleted
            && await Task.WhenAny(response, Task.Delay(Unnoticed, Cancellation)) != response
            && !Cancellation.IsCancellationRequested
        )
        {
            await Terminal.Error.WriteLineAsync($"Waiting for {Profile.Url} ...");
        }

        return await response;
    }

    /// <summary>
    /// Call before a change: prints the account and checks it against <c>--prod</c>. Set <paramref name="mayBuy"/> for actions that can
    /// spend money: with real money the user must confirm.
    /// </summary>
    public async Task<EngineView> ActAsync(bool mayBuy = false)
    {
        var engine = await EngineAsync();
        var isLive = EngineView.IsLive(engine.Account);
        if (parsed.GetValue(cli.Prod) && !isLive)
        {
            throw new CommandException(
                ExitCode.Conflict,
                $"--prod was given, but {Profile.Url} trades {engine.Account}, which is PAPER. Nothing was done."
            );
        }

        if (parsed.GetValue(cli.Prod) && Profile.Account is { } expected && expected != engine.Account)
        {
            throw new CommandException(
                ExitCode.Conflict,
                $"--prod was given for {expected}, but {Profile.Url} now trades {engine.Account}. Nothing was done; if that is "
                    + "intended, log in again."
            );
        }

        Note($"Account {engine.Account} ({(isLive ? "LIVE" : "PAPER")})");
        if (isLive && mayBuy && !parsed.GetValue(cli.Prod))
        {
            Confirm($"This trades real money in {engine.Account}. Continue?");
        }

        return engine;
    }

    /// <summary>Whether <c>--prod</c> was given: then every command checks it.</summary>
    public bool IsProd => parsed.GetValue(cli.Prod);

    /// <summary>The idempotency key of this command: repetitions with it run once.</summary>
    public string Key()
    {
        var key = parsed.GetValue(cli.Key) ?? Guid.NewGuid().ToString("N");
        Repeats(cli.Key, key);
        return key;
    }

    /// <summary>The options to add when the command is repeated.</summary>
    public void Repeats(Option option, string value)
    {
        if (!IsGiven(option))
        {
            _repeat.AddRange([option.Name, value]);
        }
    }

    /// <summary>The command is to be repeated with what a word of it meant, which may mean another thing then.</summary>
    public void Means(string typed, string whole) => _meant[typed] = whole;

    /// <summary>The exact command that finds out what became of this one, or finishes it without doing it twice.</summary>
    public string RepeatCommand() =>
        FindsOut
        ?? string.Join(
            ' ',
            cli.Arguments.Select(word => _meant.GetValueOrDefault(word, word)).Concat(_repeat).Select(Quoted).Prepend("trader")
        );

    /// <exception cref="CommandException">The user declines, or there is no terminal to ask.</exception>
    public void Confirm(string question)
    {
        if (parsed.GetValue(cli.Yes))
        {
            return;
        }

        if (Json || !Terminal.InIsTerminal)
        {
            throw new CommandException(ExitCode.Usage, $"{question} Add --yes to confirm. Nothing was done.");
        }

        Terminal.Error.Write(question + " [y/N] ");
        if (Terminal.In.ReadLine()?.Trim() is not ("y" or "Y" or "yes"))
        {
            throw new CommandException(ExitCode.Failed, "Nothing was done.");
        }
    }

    /// <summary>Prints a note beside the output.</summary>
    public void Note(string text)
    {
        if (!Json)
        {
            Terminal.Error.WriteLine(Cells.Clean(text));
        }
    }

    /// <summary>Answers: as JSON the API's last body as it came, for people what <paramref name="shown"/> makes.</summary>
    public void Print(Func<IRenderable> shown) => Print(_connection!.Body, shown);

    /// <summary>Answers with JSON of our own where the API has none.</summary>
    public void Print(JsonNode json, Func<IRenderable> shown) => Print(Json ? json.ToJsonString(ContractJson.Responses) : "", shown);

    /// <summary>The body of the last answer as JSON.</summary>
    public JsonNode LastBody() => JsonNode.Parse(_connection!.Body)!;

    /// <summary>A value as the API would write it.</summary>
    public static JsonNode AsJson<T>(T value) => JsonSerializer.SerializeToNode(value, CliJson.Responses.GetTypeInfo(typeof(T)))!;

    /// <summary>Prints text for people and programs alike.</summary>
    public void Print(string text) => Terminal.Out.Write(text);

    /// <summary>Prints what <paramref name="shown"/> makes.</summary>
    public void Show(IRenderable shown)
    {
        var console = AnsiConsole.Create(
            new()
            {
                Ansi = Terminal.HasColors ? AnsiSupport.Yes : AnsiSupport.No,
                ColorSystem = Terminal.HasColors ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
                Interactive = InteractionSupport.No,
                Out = new AnsiConsoleOutput(Terminal.Out),
            }
        );
        console.Profile.Width = Terminal.Width;
        console.Profile.Capabilities.Unicode = true;
        // A text alone has no end of line.
        console.Write(shown is Text ? new Rows(shown) : shown);
    }

    /// <summary>Every page of a list; the last body is then that of the whole.</summary>
    public override async Task<IReadOnlyList<T>> AllAsync<T>(Func<int, string?, Task<ListView<T>>> read)
    {
        var bodies = new JsonArray();
        var pages = 0;
        var items = await AllAsync(read, page =>
        {
            if (Json && (++pages > 1 || page.NextCursor is not null))
            {
                foreach (var item in LastBody()["items"]!.AsArray())
                {
                    bodies.Add(item!.DeepClone());
                }
            }
        });
        if (bodies.Count > 0)
        {
            var last = LastBody();
            (last["items"], last["count"], last["next_cursor"]) = (bodies, items.Count, null);
            _connection!.Body = last.ToJsonString(ContractJson.Responses);
        }

        return items;
    }

    protected override void Dispose(bool disposing) => _connection?.Dispose();

    private void Print(string json, Func<IRenderable> shown)
    {
        if (Json)
        {
            Terminal.Out.WriteLine(json);
            return;
        }

        Show(shown());
    }

    /// <summary>A word as a shell takes it.</summary>
    public static string Quoted(string word) =>
        word.Length > 0 && word.All(sign => char.IsAsciiLetterOrDigit(sign) || "-_./:=@+,%".Contains(sign, StringComparison.Ordinal))
            ? word
            : "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
