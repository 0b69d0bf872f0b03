namespace AutoTrader.Brokers.Tests;

/// <summary>Folders of the repository, and real market data beside it, where there is some.</summary>
internal static class RealData
{
    /// <summary>The repository's root.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>A folder of real bars; skips the test where there is none.</summary>
    public static string Folder(string name)
    {
        var folder = Path.Combine(Repository, "..", "shared", "data", name);
        Assert.SkipUnless(Directory.Exists(folder), "There is no real market data beside the repository.");
        return folder;
    }

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "AutoTrader.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests run outside the repository.");
        }

        return folder.FullName;
    }
}
