using System.Diagnostics;

namespace AutoTrader.Cli.Tests.Tool;

/// <summary>The scripts of completion in the shells that they are for, as far as this machine has them.</summary>
public sealed class ShellTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trader-shell-");

    public void Dispose() => _folder.Delete(recursive: true);

    // Each loads the script, and completes "trader schedule tri" as a user who presses Tab does.
    [Theory]
    [InlineData(
        "bash",
        "bash",
        """
            source "$SCRIPT"
            complete -p trader >&2
            COMP_LINE='trader schedule tri' COMP_POINT=19 COMP_WORDS=(trader schedule tri) COMP_CWORD=2
            _trader_complete
            printf '%s\n' "${COMPREPLY[@]}"
            """
    )]
    [InlineData(
        "zsh",
        "zsh",
        """
            compdef() { : }
            compadd() { print -l -- ${@:#--} }
            source "$SCRIPT"
            BUFFER='trader schedule tri' CURSOR=19
            _trader_complete
            """
    )]
    [InlineData("fish", "fish", "source $SCRIPT; complete -C 'trader schedule tri'")]
    [InlineData(
        "powershell",
        "pwsh",
        ". $env:SCRIPT; (TabExpansion2 -inputScript 'trader schedule tri' -cursorColumn 19).CompletionMatches.CompletionText"
    )]
    public async Task A_shell_completes_a_command(string shell, string program, string typed)
    {
        Assert.SkipUnless(IsThere(program), $"There is no {program} on this machine.");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The program on the path is a script of the shell.");
        var cancellation = TestContext.Current.CancellationToken;
        var script = Path.Combine(_folder.FullName, shell == "powershell" ? "complete.ps1" : "complete");
        await File.WriteAllTextAsync(script, (await new Trader().RunAsync(["completion", shell])).ShouldExit(0).Out, cancellation);
        var trader = Path.Combine(_folder.FullName, "trader");
        await File.WriteAllTextAsync(trader, $"#!/bin/sh\nexec dotnet '{Trader.Program}' \"$@\"\n", cancellation);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(trader, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var path = $"{_folder.FullName}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}";
        var start = new ProcessStartInfo(program, [shell == "powershell" ? "-Command" : "-c", typed])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            Environment = { ["SCRIPT"] = script, ["PATH"] = path },
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var outcome = (await Trader.EndAsync(process)).ShouldExit(0);
        outcome
            .Out.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .ShouldBe(["trigger"], outcome.Error);
    }

    private static bool IsThere(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(it => File.Exists(Path.Combine(it, program)));
}
