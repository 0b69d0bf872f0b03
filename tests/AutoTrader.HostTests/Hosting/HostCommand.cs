using System.Diagnostics;
using System.Globalization;

namespace AutoTrader.HostTests.Hosting;

/// <summary>How a Functions host is started on this machine.</summary>
/// <param name="Program">The program.</param>
/// <param name="IsCoreTools">Whether it is <c>func</c>; any other takes everything from its environment, as the host's images do.</param>
internal sealed record HostCommand(string Program, bool IsCoreTools)
{
    /// <summary>Names a program that runs the host of the app in <c>AzureWebJobsScriptRoot</c> at <c>ASPNETCORE_URLS</c>.</summary>
    public const string Variable = "AUTOTRADER_FUNCTIONS_HOST";

    /// <summary>Why tests are skipped where there is none.</summary>
    public const string Missing = $"No Functions host: install Azure Functions Core Tools (func), or name a host's program in {Variable}.";

    /// <summary>Whether tests fail where there is none, as in the workflows: <c>AUTOTRADER_HOST_REQUIRED=1</c>.</summary>
    public static bool IsRequired { get; } = Environment.GetEnvironmentVariable("AUTOTRADER_HOST_REQUIRED") == "1";

    /// <summary>The host of this machine; null when there is none.</summary>
    public static HostCommand? Found { get; } = Find();

    /// <summary>What starts it.</summary>
    /// <param name="app">The published app.</param>
    /// <param name="port">Where it is to listen.</param>
    public ProcessStartInfo For(string app, int port)
    {
        // Core Tools let everybody in unless they are told to look at keys.
        var number = port.ToString(CultureInfo.InvariantCulture);
        string[] arguments = IsCoreTools ? ["start", "--port", number, "--enableAuth", "--no-build"] : [];
        return new(Program, arguments)
        {
            WorkingDirectory = app,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
    }

    private static HostCommand? Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } program)
        {
            return new(program, IsCoreTools: Path.GetFileNameWithoutExtension(program) == "func");
        }

        var name = OperatingSystem.IsWindows() ? "func.exe" : "func";
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var found = folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        return found is null ? null : new(found, IsCoreTools: true);
    }
}
