using System.Globalization;

namespace AutoTrader.HostTests.Hosting;

/// <summary>Processes of this machine.</summary>
internal static class Processes
{
    private const int ParentField = 1;

    /// <summary>Those that a process started and that run; none where the system does not tell.</summary>
    public static IReadOnlyList<int> ChildrenOf(int parent)
    {
        if (!OperatingSystem.IsLinux())
        {
            return [];
        }

        return
        [
            .. Directory
                .EnumerateDirectories("/proc")
                .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : 0)
                .Where(id => id > 0 && IsRunningChild(id, parent)),
        ];
    }

    private static bool IsRunningChild(int id, int parent)
    {
        try
        {
            // The name before it is in brackets and may hold anything.
            var text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] != "Z" && int.Parse(fields[ParentField], CultureInfo.InvariantCulture) == parent;
        }
        catch (Exception ended) when (ended is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
