using System.Globalization;
using AutoTrader.LocalHost.Azurite;
using Microsoft.Extensions.Configuration;

namespace AutoTrader.LocalHost.Hosting;

/// <summary>The files next to the program that configure a function app locally.</summary>
internal static class LocalFiles
{
    private static readonly string[] SettingsFiles = ["local.settings.json", "local.settings.json.example"];

    /// <summary>
    /// Makes environment variables of the <c>Values</c> of local.settings.json, or of local.settings.json.example where there is none. A
    /// variable that exists wins.
    /// </summary>
    public static void ApplySettings(string folder)
    {
        var path = SettingsFiles.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        if (path is null)
        {
            return;
        }
        var settings = new ConfigurationBuilder().AddJsonFile(path, optional: false, reloadOnChange: false).Build();
        if (string.Equals(settings["IsEncrypted"], "true", StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidOperationException($"{path} is encrypted, which the local host cannot read.");
        }

        // Keys of nested sections would arrive joined by ':'; a variable's name has '__' there.
        foreach (var (name, value) in settings.GetSection("Values").AsEnumerable(makePathsRelative: true))
        {
            SetIfAbsent(name.Replace(":", "__", StringComparison.Ordinal), value);
        }
        SetIfAbsent("LocalHost__Port", settings["Host:LocalHttpPort"]);
    }

    /// <summary>Makes the root of the repository the working directory, because paths in settings are relative to it. Outside a clone it
    /// stays unchanged.</summary>
    public static void EnterRepository()
    {
        if (NpmTool.Top() is { } top)
        {
            Environment.CurrentDirectory = top;
        }
    }

    /// <summary>host.json, overridden by settings named <c>AzureFunctionsJobHost__...</c>.</summary>
    public static HostJson ReadHostJson(string? folder, IConfiguration settings)
    {
        var builder = new ConfigurationBuilder();
        if (folder is not null)
        {
            builder.AddJsonFile(Path.Combine(folder, "host.json"), optional: true, reloadOnChange: false);
        }
        return new HostJson(
            builder.AddInMemoryCollection(settings.GetSection("AzureFunctionsJobHost").AsEnumerable(makePathsRelative: true)).Build()
        );
    }

    private static void SetIfAbsent(string name, string? value)
    {
        if (value is not null && name.Length > 0 && Environment.GetEnvironmentVariable(name) is null)
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }
}

/// <summary>The parts of host.json that the local host reads.</summary>
internal sealed class HostJson(IConfiguration json)
{
    /// <summary>The first part of every function's path, without slashes; may be empty.</summary>
    public string RoutePrefix => (json["extensions:http:routePrefix"] ?? "api").Trim('/');

    /// <summary>The whole file.</summary>
    public IConfiguration All => json;

    /// <summary>The time limit of an invocation; null for none. Without a value, half an hour, as on every plan but Consumption.</summary>
    public TimeSpan? FunctionTimeout =>
        json["functionTimeout"] switch
        {
            null or "" => TimeSpan.FromMinutes(30),
            "-1" => null,
            var text => TimeSpan.Parse(text, CultureInfo.InvariantCulture),
        };

    /// <summary>The levels by category, in the form that the logging builder reads.</summary>
    public IConfigurationSection Logging => json.GetSection("logging");
}
