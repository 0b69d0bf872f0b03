namespace AutoTrader.Backtesting.Results;

/// <summary>Kept backtests: one JSON file each, <c>{id}.json</c>, in one folder. Files of the original are read, too.</summary>
/// <param name="folder">The folder; made when something is kept.</param>
public sealed class BacktestStore(string folder)
{
    private readonly ResultFolder _folder = new(folder);

    /// <summary>Where they are.</summary>
    public string Folder => folder;

    /// <summary>An id that no kept backtest has: 8 hexadecimal digits.</summary>
    public string NewId() => _folder.NewId();

    /// <summary>The text form of a result.</summary>
    public static string Write(BacktestResult result) => ResultFolder.Write(result);

    /// <summary>Keeps a result; a crash leaves the whole file or none.</summary>
    /// <returns>The file.</returns>
    public string Save(BacktestResult result) => _folder.Save(result.Id, result);

    /// <summary>The kept backtests, newest first, and why files among them cannot be read.</summary>
    public (IReadOnlyList<BacktestResult> Results, IReadOnlyList<string> Problems) List()
    {
        var (results, problems) = _folder.List<BacktestResult>();
        return (
            [
                .. results
                    .OrderByDescending(result => result.CreatedAt, StringComparer.Ordinal)
                    .ThenBy(result => result.Id, StringComparer.Ordinal),
            ],
            problems
        );
    }

    /// <summary>A kept backtest; null when there is none with the id.</summary>
    /// <exception cref="BacktestRefusedException">It is there and cannot be read.</exception>
    public BacktestResult? Find(string id) => _folder.Find<BacktestResult>(id);

    /// <summary>Deletes a kept backtest.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Delete(string id)
    {
        if (!_folder.Exists(id))
        {
            return false;
        }

        File.Delete(_folder.PathOf(id));
        return true;
    }

    /// <summary>Reads a result from a file.</summary>
    /// <exception cref="BacktestRefusedException">It cannot be read.</exception>
    /// <exception cref="IOException">It is not there.</exception>
    public static BacktestResult Read(string path) => ResultFolder.Read<BacktestResult>(path);
}
