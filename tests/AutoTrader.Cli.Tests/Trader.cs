using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using AutoTrader.Testing;
using Microsoft.Extensions.Time.Testing;

namespace AutoTrader.Cli.Tests;

/// <summary>What a command line left behind.</summary>
internal sealed record Outcome(int Code, string Out, string Error)
{
    public JsonNode Json => JsonNode.Parse(Out)!;

    public JsonNode Problem => JsonNode.Parse(Error)!;

    public Outcome ShouldExit(int code)
    {
        Code.ShouldBe(code, Out + Error);
        return this;
    }
}

/// <summary>Runs command lines in this process, with a console and an environment of their own; or as a process.</summary>
internal sealed class Trader : IDisposable
{
    // Far more than anything takes on a busy machine: what is still running then hangs, and is told with what it said.
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(5);

    // It is there once something is kept in it.
    private readonly string _config = Path.Combine(Path.GetTempPath(), "trader-" + Guid.NewGuid().ToString("N"));

    public Trader(Uri? server = null)
    {
        Variables["XDG_CONFIG_HOME"] = _config;
        if (server is not null)
        {
            Variables["AUTOTRADER_URL"] = server.ToString();
        }
    }

    /// <summary>The tool itself.</summary>
    public static string Program { get; } =
        Path.Combine(
            Repository.Top,
            "src",
            "AutoTrader.Cli",
            "bin",
            AppContext.BaseDirectory.Contains("Release", StringComparison.Ordinal) ? "Release" : "Debug",
            "net10.0",
            "trader.dll"
        );

    /// <summary>The program that is started with the command line behind these words.</summary>
    public string[] Started { get; init; } = ["dotnet", Program];

    public Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal);

    public string ProfilesPath => Path.Combine(_config, "autotrader", "profiles.json");

    public int Width { get; set; } = 160;

    /// <summary>What limits of waiting are counted on: it stands still, so that only a test that lets it go on meets one.</summary>
    public FakeTimeProvider Clock { get; } = new();

    /// <summary>Splits at spaces; texts with spaces are given as an array.</summary>
    public Task<Outcome> RunAsync(string arguments) => RunAsync(arguments.Split(' '));

    public async Task<Outcome> RunAsync(
        string[] arguments,
        string? typed = null,
        bool isTerminal = false,
        Action? onOutput = null,
        Action? onError = null,
        CancellationToken cancellationToken = default
    )
    {
        using var input = new StringReader(typed ?? "");
        using var output = new NotifyingWriter(onOutput);
        using var error = new NotifyingWriter(onError);
        var terminal = new Terminal(output, error, input, name => Variables.GetValueOrDefault(name))
        {
            Width = Width,
            InIsTerminal = isTerminal,
            OutIsTerminal = isTerminal,
            ErrorIsTerminal = isTerminal,
            ReadSecret = input.ReadLine,
            Clock = Clock,
        };
        using var bound = new CancellationTokenSource(Bound);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken,
            bound.Token,
            TestContext.Current.CancellationToken
        );
        var code = await TraderCli.RunAsync(arguments, terminal, limit.Token);
        return bound.IsCancellationRequested
            ? throw new TimeoutException($"trader {string.Join(' ', arguments)} took {Bound}. It said: {output}{error}")
            : new(code, output.ToString(), error.ToString());
    }

    /// <summary>A console that tells when something is written to it.</summary>
    private sealed class NotifyingWriter(Action? told) : StringWriter
    {
        public override void Write(string? value)
        {
            base.Write(value);
            told?.Invoke();
        }

        public override async Task WriteLineAsync(string? value)
        {
            await base.WriteLineAsync(value);
            told?.Invoke();
        }
    }

    /// <summary>The JSON of a command that must succeed.</summary>
    public async Task<JsonNode> JsonAsync(params string[] arguments)
    {
        var outcome = (await RunAsync([.. arguments, "--json"])).ShouldExit(0);
        outcome.Error.ShouldBeEmpty();
        return outcome.Json;
    }

    /// <summary>Starts the tool itself.</summary>
    public Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Started[0], [.. Started[1..], .. arguments])
        {
            // Nothing is found by where the tests run.
            WorkingDirectory = Path.GetTempPath(),
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // What whoever runs the tests has set for a server of theirs.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("AUTOTRADER_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment.Remove("COLUMNS");
        start.Environment.Remove("NO_COLOR");
        foreach (var (name, value) in Variables)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Runs the tool itself to its end.</summary>
    public async Task<Outcome> ProcessAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        process.StandardInput.Close();
        return await EndAsync(process);
    }

    /// <summary>Removes what was kept.</summary>
    public void Dispose()
    {
        if (Directory.Exists(_config))
        {
            Directory.Delete(_config, recursive: true);
        }
    }

    /// <summary>The address that a local host which starts tells.</summary>
    public static async Task<Uri> ListeningAsync(Process process)
    {
        const string Listening = "Listening on ";
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(Bound);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var said = new StringBuilder();
        while (await process.StandardOutput.ReadLineAsync(bound.Token) is { } line)
        {
            if (line.StartsWith(Listening, StringComparison.Ordinal))
            {
                return new(line[Listening.Length..]);
            }

            said.AppendLine(line);
        }

        throw new InvalidOperationException($"It does not listen. It said: {said}{await error}");
    }

    /// <summary>What a process left behind; one that does not end is ended, and told with what it said.</summary>
    public static async Task<Outcome> EndAsync(Process process)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(Bound);
        var (output, error) = (new StringBuilder(), new StringBuilder());
        var reading = Task.WhenAll(ReadAsync(process.StandardOutput, output), ReadAsync(process.StandardError, error));
        try
        {
            await process.WaitForExitAsync(bound.Token);
            // What it started may have its streams still.
            await reading.WaitAsync(bound.Token);
        }
        catch (OperationCanceledException canceled)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException(
                $"{process.StartInfo.FileName} did not end within {Bound}. It said: {Text(output)}{Text(error)}",
                canceled
            );
        }

        return new(process.ExitCode, Text(output), Text(error));

        static string Text(StringBuilder text)
        {
            lock (text)
            {
                return text.ToString();
            }
        }

        static async Task ReadAsync(StreamReader from, StringBuilder to)
        {
            var buffer = new char[4096];
            while (await from.ReadAsync(buffer) is > 0 and var count)
            {
                lock (to)
                {
                    to.Append(buffer, 0, count);
                }
            }
        }
    }
}
