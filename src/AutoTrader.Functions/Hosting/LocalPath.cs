namespace AutoTrader.Functions.Hosting;

/// <summary>Paths in settings, written from the top of the repository.</summary>
internal static class LocalPath
{
    /// <summary>
    /// The path itself when it is absolute or exists from the working directory; else from the app's folder or the nearest folder above
    /// it where it exists, which in a clone is the repository. A path that exists nowhere stays as it is written.
    /// </summary>
    public static string Find(string path)
    {
        if (Path.IsPathRooted(path) || Path.Exists(path))
        {
            return Path.GetFullPath(path);
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Path.Combine(folder.FullName, path) is var candidate && Path.Exists(candidate))
            {
                return candidate;
            }
        }

        return path;
    }
}
