using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AutoTrader.Contracts;

namespace AutoTrader.Backtesting.Results;

/// <summary>Results in files of one folder: <c>{id}.json</c> each.</summary>
/// <param name="path">The folder; made when something is kept.</param>
public sealed class ResultFolder(string path)
{
    private const string IndexName = "index.json";
    private const StringComparison Ordinal = StringComparison.Ordinal;

    /// <summary>How results are written.</summary>
    internal static JsonSerializerOptions Json { get; } =
        new(ContractJson.With(new DefaultJsonTypeInfoResolver())) { IgnoreReadOnlyProperties = true, WriteIndented = true };

    /// <summary>Where it is.</summary>
    public string Path => path;

    /// <summary>An id that no kept result has: 8 hexadecimal digits.</summary>
    public string NewId()
    {
        string id;
        do
        {
            id = RandomNumberGenerator.GetHexString(8, lowercase: true);
        } while (File.Exists(PathOf(id)));

        return id;
    }

    /// <summary>The text form of a result.</summary>
    public static string Write<T>(T result) => JsonSerializer.Serialize(result, Json);

    /// <summary>Keeps a result; a crash leaves the whole file or none.</summary>
    /// <returns>The file.</returns>
    public string Save<T>(string id, T result)
    {
        Directory.CreateDirectory(path);
        var file = PathOf(id);
        File.WriteAllText(file + ".new", Write(result));
        File.Move(file + ".new", file, overwrite: true);
        return file;
    }

    /// <summary>The kept results, and why files among them cannot be read. The index of the original is none of them.</summary>
    public (IReadOnlyList<T> Results, IReadOnlyList<string> Problems) List<T>()
        where T : class
    {
        var (results, problems) = (new List<T>(), new List<string>());
        foreach (
            var file in Directory.Exists(path) ? Directory.EnumerateFiles(path, "*.json").Where(it => !it.EndsWith(IndexName, Ordinal)) : []
        )
        {
            try
            {
                results.Add(Read<T>(file));
            }
            catch (BacktestRefusedException unreadable)
            {
                problems.Add(unreadable.Message);
            }
        }

        return (results, problems);
    }

    /// <summary>A kept result; null when there is none with the id.</summary>
    /// <exception cref="BacktestRefusedException">It is there and cannot be read.</exception>
    public T? Find<T>(string id)
        where T : class => Exists(id) ? Read<T>(PathOf(id)) : null;

    /// <summary>Whether a result is kept.</summary>
    public bool Exists(string id) => IsId(id) && File.Exists(PathOf(id));

    /// <summary>Reads a result from a file.</summary>
    /// <exception cref="BacktestRefusedException">It cannot be read.</exception>
    /// <exception cref="IOException">It is not there.</exception>
    public static T Read<T>(string file)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllText(file), Json)
                ?? throw new BacktestRefusedException($"{file} holds no result.");
        }
        catch (JsonException wrong)
        {
            throw new BacktestRefusedException($"{file} cannot be read: {wrong.Message}");
        }
    }

    // An id becomes part of a path: nothing else may.
    private static bool IsId(string id) =>
        id.Length is > 0 and <= 64 && id.All(sign => char.IsAsciiLetterOrDigit(sign) || sign is '-' or '_');

    internal string PathOf(string id) => System.IO.Path.Combine(path, id + ".json");
}
