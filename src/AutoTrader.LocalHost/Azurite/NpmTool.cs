using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using static System.FormattableString;

namespace AutoTrader.LocalHost.Azurite;

/// <summary>A pinned Node.js program of the repository: a folder under <c>tools</c> (Azurite, a client that tests run), installed once by
/// npm from its committed lock file.</summary>
internal sealed class NpmTool
{
    /// <summary>The folder of Azurite.</summary>
    public const string Azurite = "azurite";

    private readonly string _name;

    private NpmTool(string root, string name) => (Root, _name) = (root, name);

    /// <summary>The folder that has <c>tools</c>: the top of a clone, or the folder of a program that was installed with its own.</summary>
    public string Root { get; }

    /// <summary>Where storage keeps its data, lock and log: <c>.azurite</c> in a clone, else the user's folder of data. The folder of an
    /// installed program goes with its next version.</summary>
    public string DataFolder =>
        File.Exists(Path.Combine(Root, "AutoTrader.sln"))
            ? Path.Combine(Root, ".azurite")
            : Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
                "autotrader",
                "azurite"
            );

    private string ToolFolder => Path.Combine(Root, "tools", _name);

    private string LockFile => Path.Combine(ToolFolder, "package-lock.json");

    // Inside node_modules, which `npm ci` empties first: an installation cut short has no marker.
    private string Marker => Path.Combine(ToolFolder, "node_modules", ".installed");

    /// <summary>The top of the clone, or of the installed program, that runs; null for neither.</summary>
    public static string? Top() => Find(AppContext.BaseDirectory, Azurite)?.Root;

    /// <summary>Where its storage keeps its data.</summary>
    public static string? Data() => Find(AppContext.BaseDirectory, Azurite)?.DataFolder;

    /// <summary>Finds the tool by walking up from the folder of the running program.</summary>
    /// <exception cref="AzuriteException">There is no such folder under <c>tools</c> above it.</exception>
    public static NpmTool Find(string name)
    {
        return Find(AppContext.BaseDirectory, name)
            ?? throw new AzuriteException(
                $"No tools/{name} folder was found above {AppContext.BaseDirectory}. Run from a clone of the repository, or start "
                    + "Azurite yourself: npx azurite@3.35.0 --skipApiVersionCheck"
            );
    }

    /// <summary>Holds the lock of this clone: one process at a time installs or starts a tool.</summary>
    public async Task<IAsyncDisposable> LockAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(DataFolder);
        var path = Path.Combine(DataFolder, "lock");
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(100, cancellationToken);
            }
        }
    }

    /// <summary>Installs when the committed lock file has not been installed yet. Call it under <see cref="LockAsync"/>.</summary>
    /// <param name="installing">Called when there is something to install, which takes a while.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task InstallAsync(Action? installing = null, CancellationToken cancellationToken = default)
    {
        var wanted = Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(LockFile, cancellationToken)));
        if (File.Exists(Marker) && string.Equals(await File.ReadAllTextAsync(Marker, cancellationToken), wanted, StringComparison.Ordinal))
        {
            return;
        }

        installing?.Invoke();
        var npm = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";
        using var process = Start(npm, ["ci", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"]);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new AzuriteException(
                Invariant($"npm ci in {ToolFolder} failed with exit code {process.ExitCode}:\n{await output}{await errors}")
            );
        }
        await File.WriteAllTextAsync(Marker, wanted, cancellationToken);
    }

    /// <summary>Starts <c>run.js</c> with all three standard streams redirected.</summary>
    public Process Run(params IEnumerable<string> arguments) => Start("node", ["run.js", .. arguments]);

    /// <summary>The nearest tool above a folder; null when there is none.</summary>
    public static NpmTool? Find(string start, string name)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            var candidate = new NpmTool(folder.FullName, name);
            if (File.Exists(candidate.LockFile))
            {
                return candidate;
            }
        }

        return null;
    }

    private Process Start(string program, IEnumerable<string> arguments)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = ToolFolder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(info) ?? throw new AzuriteException($"{program} did not start.");
        }
        catch (Win32Exception notFound)
        {
            throw new AzuriteException(
                $"'{program}' was not found. Local storage needs Node.js 20 or later: install it from nodejs.org (or with the system's "
                    + "package manager), or set AzureWebJobsStorage to a storage account.",
                notFound
            );
        }
    }
}

/// <summary>Local storage could not be installed or started; the message says what to do.</summary>
internal sealed class AzuriteException(string message, Exception? innerException = null) : Exception(message, innerException);
