using System.Security.Cryptography;
using System.Text;
using AutoTrader.LocalRuntime.Time;

namespace AutoTrader.LocalRuntime.Durable.Storage;

/// <summary>
/// A file that a host touches when it has sent something to the host that runs the instances, which notices at once. It costs no storage transaction;
/// where it is not heard (another machine, no notifications of files) the next poll finds what was sent.
/// </summary>
internal sealed class LocalBell(Uri hub) : IDisposable
{
    private static readonly string Folder = Path.Combine(Path.GetTempPath(), "autotrader-bells");

    private readonly string _name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(hub.AbsoluteUri)), 0, 12);
    private readonly WakeSignal _rung = new();
    private FileSystemWatcher? _watcher;

    public void Ring()
    {
        try
        {
            Directory.CreateDirectory(Folder);
            File.WriteAllText(Path.Combine(Folder, _name), "");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The file is another user's, or being written: the owner hears of it there, or by its next poll.
        }
    }

    /// <summary>Waits until it is rung, or for so long.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        Watch();
        return _rung.WaitAsync(atMost, cancellationToken);
    }

    public void Dispose() => _watcher?.Dispose();

    private void Watch()
    {
        if (_watcher is not null)
            return;
        try
        {
            Directory.CreateDirectory(Folder);
            var watcher = new FileSystemWatcher(Folder, _name) { NotifyFilter = NotifyFilters.LastWrite | NotifyFilters.FileName };
            watcher.Changed += (_, _) => _rung.Set();
            watcher.Created += (_, _) => _rung.Set();
            watcher.EnableRaisingEvents = true;
            _watcher = watcher;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The machine watches as many files as it can: the polls go on, and this is tried again at each.
        }
    }
}
