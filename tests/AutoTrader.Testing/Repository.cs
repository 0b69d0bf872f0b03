namespace AutoTrader.Testing;

/// <summary>The sources that the tests were built from.</summary>
public static class Repository
{
    /// <summary>The folder that holds the solution.</summary>
    public static string Top { get; } = Find();

    private static string Find()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "AutoTrader.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside the repository.");
        }

        return folder;
    }
}
