using System.Text.Json;
using System.Text.Json.Serialization;

namespace AutoTrader.Cli.Client;

/// <summary>A server and the key to it.</summary>
/// <param name="Url">Its address, without <c>/api</c>.</param>
/// <param name="Key">The function key; null for none.</param>
/// <param name="Account">The account that it traded at login.</param>
internal sealed record Profile(string Url, string? Key = null, string? Account = null)
{
    public const string Local = "http://127.0.0.1:7071";
}

/// <summary>The servers that a user logged in to, in a file that only the user can read.</summary>
internal sealed class Profiles
{
    private const string DefaultName = "default";

    private readonly string _path;
    private readonly ProfilesFile _file;

    private Profiles(string path, ProfilesFile file) => (_path, _file) = (path, file);

    public IReadOnlyDictionary<string, Profile> All => _file.Profiles;

    /// <summary>The profile that is used unless another is named.</summary>
    public string Default => _file.Default ?? DefaultName;

    /// <exception cref="CommandException">The file cannot be read.</exception>
    public static Profiles Load(Terminal terminal)
    {
        var path = Path.Combine(terminal.ConfigFolder, "profiles.json");
        try
        {
            return new(
                path,
                File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllText(path), ProfilesJson.Default.ProfilesFile) ?? new() : new()
            );
        }
        catch (Exception failure) when (failure is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Failed, $"{path} cannot be read: {failure.Message} Fix it, or delete it and log in again.");
        }
    }

    /// <summary>The server to talk to: the named profile, else the environment, else the default profile, else this machine.</summary>
    /// <exception cref="CommandException">There is no profile with the name.</exception>
    public static Profile Choose(Terminal terminal, string? name)
    {
        if (name is not null)
        {
            return Load(terminal).All.GetValueOrDefault(name)
                ?? throw new CommandException(
                    ExitCode.NotFound,
                    $"There is no profile {name}. Create it with: trader login URL --profile {name}"
                );
        }

        if (terminal.Variable("AUTOTRADER_URL") is { Length: > 0 } url)
        {
            return new(url, terminal.Variable("AUTOTRADER_KEY") is { Length: > 0 } key ? key : null);
        }

        var profiles = Load(terminal);
        var known = profiles.All.GetValueOrDefault(profiles.Default) ?? new Profile(Profile.Local);
        return terminal.Variable("AUTOTRADER_KEY") is { Length: > 0 } other ? known with { Key = other } : known;
    }

    /// <summary>Keeps a profile and makes it the default.</summary>
    public void Keep(string? name, Profile profile)
    {
        _file.Profiles[name ?? DefaultName] = profile;
        _file.Default = name ?? DefaultName;
        Save();
    }

    /// <summary>Forgets a profile with its key.</summary>
    public bool Forget(string name)
    {
        if (!_file.Profiles.Remove(name))
        {
            return false;
        }

        _file.Default = _file.Default == name ? null : _file.Default;
        Save();
        return true;
    }

    private void Save()
    {
        var folder = Path.GetDirectoryName(_path)!;
        var (next, options) = (_path + ".new", new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write });
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            // A file that is left from a crash keeps the mode that it has.
            File.Delete(next);
        }

        using (var file = new FileStream(next, options))
        {
            JsonSerializer.Serialize(file, _file, ProfilesJson.Default.ProfilesFile);
        }

        File.Move(next, _path, overwrite: true);
    }
}

/// <summary>The file.</summary>
internal sealed class ProfilesFile
{
    public string? Default { get; set; }

    public SortedDictionary<string, Profile> Profiles { get; init; } = new(StringComparer.Ordinal);
}

[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ProfilesFile))]
internal sealed partial class ProfilesJson : JsonSerializerContext;
