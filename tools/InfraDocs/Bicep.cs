using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AutoTrader.InfraDocs;

/// <summary>The real Bicep compiler, from its NuGet package, on the files in <c>infra</c>.</summary>
public static class Bicep
{
    private const string Subscription = "00000000-0000-0000-0000-000000000001";
    private const string Tenant = "00000000-0000-0000-0000-000000000002";

    private static readonly Lazy<string> Built = new(() => Run(InfraFolder!, "build", "main.bicep", "--stdout").Output);

    /// <summary>The top of the repository.</summary>
    public static string Top { get; } = FindTop();

    /// <summary>Where the Bicep files are.</summary>
    public static string InfraFolder { get; } = Path.Combine(Top, "infra");

    /// <summary>The compiled template, with <c>\n</c> at the end of lines.</summary>
    /// <exception cref="BicepException">It does not compile.</exception>
    public static string TemplateText => Built.Value.ReplaceLineEndings("\n").TrimEnd() + "\n";

    /// <summary>The compiled template.</summary>
    /// <exception cref="BicepException">It does not compile.</exception>
    public static JsonObject Template => JsonNode.Parse(TemplateText)!.AsObject();

    /// <summary>What the linter says of a file in <c>infra</c>; empty when it is content.</summary>
    public static string Lint(string file)
    {
        var (_, output, errors) = Start(InfraFolder, "lint", file);
        return (output + errors).Trim();
    }

    /// <summary>The resources that a deployment with these parameters would make, as the compiler predicts them without Azure.</summary>
    /// <param name="parameters">The text of a <c>.bicepparam</c> file in <c>infra/examples</c>, where it may stand or not.</param>
    /// <exception cref="BicepException">It would fail; the message says why.</exception>
    public static Snapshot Snapshot(string parameters)
    {
        // The snapshot is written beside the file.
        var copy = Directory.CreateTempSubdirectory("autotrader-infra-");
        try
        {
            foreach (var file in Directory.EnumerateFiles(InfraFolder, "*", SearchOption.AllDirectories))
            {
                var target = Path.Combine(copy.FullName, "infra", Path.GetRelativePath(InfraFolder, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }

            var folder = Path.Combine(copy.FullName, "infra", "examples");
            File.WriteAllText(Path.Combine(folder, "asked.bicepparam"), parameters);
            var (_, _, errors) = Run(
                folder,
                "snapshot",
                "asked.bicepparam",
                "--mode",
                "overwrite",
                "--subscription-id",
                Subscription,
                "--tenant-id",
                Tenant,
                "--location",
                "eastus2",
                "--deployment-name",
                "autotrader"
            );
            return new(JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "asked.snapshot.json")))!.AsObject(), errors.Trim());
        }
        finally
        {
            copy.Delete(recursive: true);
        }
    }

    private static (int Code, string Output, string Errors) Run(string folder, params string[] arguments)
    {
        var run = Start(folder, arguments);
        return run.Code == 0 ? run : throw new BicepException($"bicep {string.Join(' ', arguments)} failed:\n{run.Output}{run.Errors}");
    }

    private static (int Code, string Output, string Errors) Start(string folder, params string[] arguments)
    {
        var program = typeof(Bicep)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(it => it.Key == "BicepCompiler")
            .Value!;
        var start = new ProcessStartInfo(OperatingSystem.IsWindows() ? program + ".exe" : program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };

        // Nothing but what the files say may count.
        foreach (
            var name in start
                .Environment.Keys.Where(name =>
                    name.StartsWith("ALPACA_", StringComparison.Ordinal) || name.StartsWith("AUTOTRADER_", StringComparison.Ordinal)
                )
                .ToList()
        )
        {
            start.Environment.Remove(name);
        }

        using var process = Process.Start(start) ?? throw new BicepException($"{program} did not start.");
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.GetAwaiter().GetResult());
    }

    private static string FindTop()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "AutoTrader.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new BicepException("Run it from a clone of the repository.");
        }

        return folder;
    }
}

/// <summary>What a deployment would make.</summary>
/// <param name="Json">As the compiler writes it.</param>
/// <param name="Diagnostics">What the compiler could not predict; empty when nothing.</param>
public sealed record Snapshot(JsonObject Json, string Diagnostics)
{
    /// <summary>The resources.</summary>
    public IReadOnlyList<JsonObject> Resources => [.. Json["predictedResources"]!.AsArray().Select(resource => resource!.AsObject())];

    /// <summary>The resources of a type.</summary>
    public IEnumerable<JsonObject> OfType(string type) => Resources.Where(resource => (string?)resource["type"] == type);

    /// <summary>Everything, as one text.</summary>
    public string Text =>
        Json.ToJsonString(
            new JsonSerializerOptions
            {
                WriteIndented = true,
                Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            }
        );
}

/// <summary>The compiler refused.</summary>
/// <param name="message">What it says.</param>
public sealed class BicepException(string message) : Exception(message);
