using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AutoTrader.Contracts;

namespace AutoTrader.Backtesting.Results;

/// <summary>Results in files of one folder: <c>{id}.json</c> each.</summary>
/// <param name="path">The folder; made when something is kept.</param>
public sealed class ResultFolder(string path)
{
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

    internal string PathOf(string id) => System.IO.Path.Combine(path, id + ".json");
}
