using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using AutoTrader.LocalRuntime.Durable.Storage;
using AutoTrader.LocalRuntime.Functions;
using AutoTrader.LocalRuntime.Storage;

namespace AutoTrader.LocalRuntime.Durable;

/// <summary>Which task hub the app uses, and for which course of business time: a replay has instances of its own.</summary>
internal sealed partial class TaskHub
{
    /// <summary>The name when host.json has none, as the real host's tools have it.</summary>
    public const string DefaultName = "TestHubName";

    /// <exception cref="FunctionIndexingException">The name is not one that a task hub can have.</exception>
    public TaskHub(string? name, string course)
    {
        Name = string.IsNullOrEmpty(name) ? DefaultName : name;
        if (!NamePattern().IsMatch(Name))
            throw new FunctionIndexingException($"host.json: extensions.durableTask.hubName is '{Name}'; a task hub's name starts with a letter and has 3 to 45 letters and digits.");
        // A table's name has 63 characters at most, and ignores case: the hash keeps apart what the shortened name does not.
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{Name.ToUpperInvariant()}|{course}"));
        TableName = string.Concat(Name.AsSpan(0, Math.Min(Name.Length, 20)), course, Convert.ToHexStringLower(hash, 0, 6));
    }

    public string Name { get; }

    /// <summary>How many of its activities run at once on this host.</summary>
    public int ActivitiesAtOnce { get; init; } = Environment.ProcessorCount * 10;

    /// <summary>What the names of its tables begin with.</summary>
    public string TableName { get; }

    public IDurableStore Open(IRuntimeStorage storage) => storage switch
    {
        MemoryRuntimeStorage memory => memory.Durable,
        { ConnectionString: { } connection } => new TableDurableStore(connection, TableName),
        _ => new MemoryDurableStore(),
    };

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9]{2,44}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NamePattern();
}
