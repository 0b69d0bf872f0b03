using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoTrader.Cli.Rendering;
using AutoTrader.Contracts;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AutoTrader.Cli.Calls;

/// <summary>One command that runs: its values, the API, and where its answer goes.</summary>
internal sealed class Session(TraderCli cli, ParseResult parsed, CancellationToken cancellationToken) : IDisposable
{
    private const int PageSize = 1000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Unnoticed = TimeSpan.FromSeconds(1);

    private readonly List<string> _repeat = [];
    private ApiHandler? _wire;
    private HttpClient? _http;
    private IAutoTraderApi? _api;
    private Profile? _profile;
    private EngineView? _engine;

    public Terminal Terminal => cli.Terminal;

    public CancellationToken Cancellation => cancellationToken;

    public bool Json => parsed.GetValue(cli.Json);

    public Profile Profile => _profile ??= Profiles.Choose(Terminal, parsed.GetValue(cli.Profile));

    public IAutoTraderApi Api => _api ??= Connect(Profile);

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
        var http = new HttpClient(_wire = new ApiHandler(TimeSpan.FromSeconds(parsed.GetValue(cli.Timeout)), Patience))
        {
            Timeout = Timeout.InfiniteTimeSpan,
            BaseAddress = Address(profile.Url),
        };
        if (profile.Key is { } key)
        {
            http.DefaultRequestHeaders.TryAddWithoutValidation("x-functions-key", key);
        }

        // The same for every user of a key: a command that is repeated must be known as the same.
        http.DefaultRequestHeaders.Add("X-Caller", "trader");
        _http = http;
        return _api = ApiClients.Create(http);
    }

    /// <summary>What is awaited; after a second it is told that it takes a while.</summary>
    public async Task<T> WaitAsync<T>(Task<T> answer)
    {
        if (
            !Json
            && !answer.IsCompleted
            && await Task.WhenAny(answer, Task.Delay(Unnoticed, cancellationToken)) != answer
            && !cancellationToken.IsCancellationRequested
        )
        {
            await Terminal.Error.WriteLineAsync($"Waiting for {Profile.Url} ...");
        }

        return await answer;
    }

    /// <summary>The same for calls that answer nothing.</summary>
    public Task WaitAsync(Task done) => WaitAsync(Nothing(done));

    /// <summary>How the engine is doing; asked once.</summary>
    public async Task<EngineView> EngineAsync() => _engine ??= await WaitAsync(Api.GetEngineAsync(cancellationToken));

    /// <summary>
    /// Before something is changed: tells which account it is, and holds the user to what <c>--prod</c> says. <paramref name="mayBuy"/>
    /// for what can spend
    /// money: with real money it is asked for.
    /// </summary>
    public async Task<EngineView> ActAsync(bool mayBuy = false)
    {
        var engine = await EngineAsync();
        var isLive = EngineView.IsLive(engine.Account);
        if (parsed.GetValue(cli.Prod) && !isLive)
        {
            throw new CommandException(
                ExitCode.Conflict,
                $"--prod was given, and {Profile.Url} trades {engine.Account}, which is PAPER. Nothing was done."
            );
        }

        if (parsed.GetValue(cli.Prod) && Profile.Account is { } expected && expected != engine.Account)
        {
            throw new CommandException(
                ExitCode.Conflict,
                $"--prod was given for {expected}, and {Profile.Url} trades {engine.Account} now. Nothing was done; log in again if "
                    + "that is meant."
            );
        }

        Note($"Account {engine.Account} ({(isLive ? "LIVE" : "PAPER")})");
        if (isLive && mayBuy && !parsed.GetValue(cli.Prod))
        {
            Confirm($"This trades real money in {engine.Account}. Go on?");
        }

        return engine;
    }

    /// <summary>Whether <c>--prod</c> was given: then every command checks it.</summary>
    public bool IsProd => parsed.GetValue(cli.Prod);

    /// <summary>The idempotency key of this command: what is repeated with it is done once.</summary>
    public string Key()
    {
        var key = parsed.GetValue(cli.Key) ?? Guid.NewGuid().ToString("N");
        Repeats(cli.Key, key);
        return key;
    }

    /// <summary>What the command is to be repeated with where that was not typed.</summary>
    public void Repeats(Option option, string value)
    {
        if (!IsGiven(option))
        {
            _repeat.AddRange([option.Name, value]);
        }
    }

    /// <summary>The exact command that finds out what became of this one, or finishes it without doing it twice.</summary>
    public string RepeatCommand() => FindsOut ?? string.Join(' ', cli.Arguments.Concat(_repeat).Select(Quoted).Prepend("trader"));

    /// <exception cref="CommandException">The user says no, or nobody can be asked.</exception>
    public void Confirm(string question)
    {
        if (parsed.GetValue(cli.Yes))
        {
            return;
        }

        if (Json || !Terminal.InIsTerminal)
        {
            throw new CommandException(ExitCode.Usage, $"{question} Add --yes to say so. Nothing was done.");
        }

        Terminal.Error.Write(question + " [y/N] ");
        if (Terminal.In.ReadLine()?.Trim() is not ("y" or "Y" or "yes"))
        {
            throw new CommandException(ExitCode.Failed, "Nothing was done.");
        }
    }

    /// <summary>Tells something beside the answer.</summary>
    public void Note(string text)
    {
        if (!Json)
        {
            Terminal.Error.WriteLine(Cells.Clean(text));
        }
    }

    /// <summary>Answers: as JSON the API's last body as it came, for people what <paramref name="shown"/> makes.</summary>
    public void Answer(Func<IRenderable> shown) => Answer(_wire!.Body, shown);

    /// <summary>Answers with JSON of our own where the API has none.</summary>
    public void Answer(JsonNode json, Func<IRenderable> shown) => Answer(Json ? json.ToJsonString(ContractJson.Answers) : "", shown);

    /// <summary>The body of the last answer as JSON.</summary>
    public JsonNode LastBody() => JsonNode.Parse(_wire!.Body)!;

    /// <summary>A value as the API would write it.</summary>
    public static JsonNode AsJson<T>(T value) => JsonSerializer.SerializeToNode(value, ContractJson.Answers.GetTypeInfo(typeof(T)))!;

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
        console.Write(shown);
    }

    /// <summary>Every page of a list; the last body is then that of the whole.</summary>
    public async Task<IReadOnlyList<T>> AllAsync<T>(Func<int, string?, Task<ListView<T>>> read)
    {
        var (items, pages) = (new List<T>(), new JsonArray());
        string? cursor = null;
        do
        {
            var page = await WaitAsync(read(PageSize, cursor));
            items.AddRange(page.Items);
            if (Json && (cursor ?? page.NextCursor) is not null)
            {
                foreach (var item in LastBody()["items"]!.AsArray())
                {
                    pages.Add(item!.DeepClone());
                }
            }

            cursor = page.NextCursor;
        } while (cursor is not null);

        if (pages.Count > 0)
        {
            _wire!.Body = new JsonObject
            {
                ["items"] = pages,
                ["count"] = items.Count,
                ["next_cursor"] = null,
            }.ToJsonString(ContractJson.Answers);
        }

        return items;
    }

    public void Dispose() => _http?.Dispose();

    private void Answer(string json, Func<IRenderable> shown)
    {
        if (Json)
        {
            Terminal.Out.WriteLine(json);
            return;
        }

        Show(shown());
    }

    private static Uri Address(string url) =>
        Uri.TryCreate(url.TrimEnd('/'), UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? new(
                address
                    + (
                        address.AbsolutePath.EndsWith("/api", StringComparison.Ordinal) ? ""
                        : address.AbsoluteUri.EndsWith('/') ? "api"
                        : "/api"
                    )
            )
            : throw new CommandException(
                ExitCode.Usage,
                $"'{url}' is no URL. Write for example https://NAME.azurewebsites.net or {Profile.Local}."
            );

    private static string Quoted(string word) =>
        word.Length > 0 && word.All(sign => char.IsAsciiLetterOrDigit(sign) || "-_./:=@+,%".Contains(sign, StringComparison.Ordinal))
            ? word
            : "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    private static async Task<bool> Nothing(Task done)
    {
        await done;
        return true;
    }
}
