using System.Diagnostics;
using System.Text.Json.Nodes;
using AutoTrader.Testing;

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

    public Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal);

    public string ProfilesPath => Path.Combine(_config, "autotrader", "profiles.json");

    public int Width { get; set; } = 160;

    /// <summary>Splits at spaces; texts with spaces are given as an array.</summary>
    public Task<Outcome> RunAsync(string arguments) => RunAsync(arguments.Split(' '));

    public async Task<Outcome> RunAsync(
        string[] arguments,
        string? typed = null,
        bool isTerminal = false,
        Action? onOutput = null,
        CancellationToken cancellationToken = default
    )
    {
        using var input = new StringReader(typed ?? "");
        using var output = new ToldWriter(onOutput);
        using var error = new StringWriter();
        var terminal = new Terminal(output, error, input, name => Variables.GetValueOrDefault(name))
        {
            Width = Width,
            InIsTerminal = isTerminal,
            OutIsTerminal = isTerminal,
            ErrorIsTerminal = isTerminal,
            ReadSecret = input.ReadLine,
        };
        var code = await TraderCli.RunAsync(arguments, terminal, cancellationToken);
        return new(code, output.ToString(), error.ToString());
    }

    /// <summary>A console that tells when something is written to it.</summary>
    private sealed class ToldWriter(Action? told) : StringWriter
    {
        public override void Write(string? value)
        {
            base.Write(value);
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
        var start = new ProcessStartInfo("dotnet", [Program, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
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

    public static async Task<Outcome> EndAsync(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new(process.ExitCode, await output, await error);
    }
}
