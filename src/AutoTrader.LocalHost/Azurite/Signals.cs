using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AutoTrader.LocalHost.Azurite;

/// <summary>Asks another process to end, which .NET only offers as SIGKILL.</summary>
internal static class Signals
{
    private const int SigTerm = 15;

    /// <summary>Sends SIGTERM; on Windows, which has none, ends the process.</summary>
    public static void Terminate(int processId)
    {
        if (OperatingSystem.IsWindows())
        {
            using var process = Process.GetProcessById(processId);
            process.Kill();
        }
        else
        {
            // If the process has just ended, the goal is reached, so the result does not matter.
            _ = Kill(processId, SigTerm);
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Kill(int processId, int signal);
}
