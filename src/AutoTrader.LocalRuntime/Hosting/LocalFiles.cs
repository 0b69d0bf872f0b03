using System.Globalization;
using AutoTrader.LocalRuntime.Functions;
using Microsoft.Extensions.Configuration;

namespace AutoTrader.LocalRuntime.Hosting;

/// <summary>The files beside the program that configure a function app locally.</summary>
internal static class LocalFiles
{
    private static readonly string[] SettingsFiles = ["local.settings.json", "local.settings.json.example"];

    /// <summary>
    /// Makes environment variables of the <c>Values</c> of local.settings.json, or of local.settings.json.example where there is none. A variable that exists wins.
    /// </summary>
    public static void ApplySettings(string folder)
    {
        var path = SettingsFiles.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        if (path is null)
            return;
        var settings = new ConfigurationBuilder().AddJsonFile(path, optional: false, reloadOnChange: false).Build();
        if (string.Equals(settings["IsEncrypted"], "true", StringComparison.OrdinalIgnoreCase))
            throw new InvalidOperationException($"{path} is encrypted, which the local runtime cannot read.");

        // Keys of nested sections would arrive joined by ':'; a variable's name has '__' there.
        foreach (var (name, value) in settings.GetSection("Values").AsEnumerable(makePathsRelative: true))
            SetIfAbsent(name.Replace(":", "__", StringComparison.Ordinal), value);
        SetIfAbsent("LocalRuntime__Port", settings["Host:LocalHttpPort"]);
    }

    /// <summary>host.json, overridden by settings named <c>AzureFunctionsJobHost__...</c>.</summary>
    public static HostJson ReadHostJson(string? folder, IConfiguration settings)
    {
        var builder = new ConfigurationBuilder();
        if (folder is not null)
            builder.AddJsonFile(Path.Combine(folder, "host.json"), optional: true, reloadOnChange: false);
        return new HostJson(builder.AddInMemoryCollection(settings.GetSection("AzureFunctionsJobHost").AsEnumerable(makePathsRelative: true)).Build());
    }

    private static void SetIfAbsent(string name, string? value)
    {
        if (value is not null && name.Length > 0 && Environment.GetEnvironmentVariable(name) is null)
            Environment.SetEnvironmentVariable(name, value);
    }
}

/// <summary>What the local runtime reads of host.json.</summary>
internal sealed class HostJson(IConfiguration json)
{
    /// <summary>The first part of every function's path, without slashes; may be empty.</summary>
    public string RoutePrefix => (json["extensions:http:routePrefix"] ?? "api").Trim('/');

    /// <summary>The name of the task hub of durable orchestrations; null for the default.</summary>
    public string? HubName => json["extensions:durableTask:hubName"];

    /// <summary>How many activities run at once; without a value ten for each processor, as on every plan but Consumption.</summary>
    public int ActivitiesAtOnce => json["extensions:durableTask:maxConcurrentActivityFunctions"] is { Length: > 0 } text
        ? int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
            ? count
            : throw new FunctionIndexingException($"host.json: extensions.durableTask.maxConcurrentActivityFunctions is '{text}'; it is a whole number above 0.")
        : Environment.ProcessorCount * 10;

    /// <summary>The time limit of an invocation; null for none. Without a value, half an hour, as on every plan but Consumption.</summary>
    public TimeSpan? FunctionTimeout => json["functionTimeout"] switch
    {
        null or "" => TimeSpan.FromMinutes(30),
        "-1" => null,
        var text => TimeSpan.Parse(text, CultureInfo.InvariantCulture),
    };

    /// <summary>The levels by category, in the form that the logging builder reads.</summary>
    public IConfigurationSection Logging => json.GetSection("logging");
}
