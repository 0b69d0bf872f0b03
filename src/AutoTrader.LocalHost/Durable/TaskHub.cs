using System.Text.RegularExpressions;
using AutoTrader.LocalHost.Functions;

namespace AutoTrader.LocalHost.Durable;

/// <summary>The app's task hub, and its course of business time: a replay has separate instances.</summary>
internal sealed partial record TaskHub
{
    /// <summary>The name when host.json has none, as the real host's tools have it.</summary>
    public const string DefaultName = "TestHubName";

    /// <param name="name">The name in host.json, if any.</param>
    /// <param name="scope">The course of business time, as <see cref="Storage.IRuntimeStorage"/> knows it.</param>
    /// <exception cref="FunctionIndexingException">The name is not a valid task hub name.</exception>
    public TaskHub(string? name, string scope)
    {
        Name = string.IsNullOrEmpty(name) ? DefaultName : name;
        Scope = scope;
        if (!NamePattern().IsMatch(Name))
        {
            throw new FunctionIndexingException(
                $"host.json: extensions.durableTask.hubName is '{Name}'; it starts with a letter and has 3 to 45 letters and digits."
            );
        }
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The course of business time.</summary>
    public string Scope { get; }

    /// <summary>Whether this process runs its orchestrations and activities; otherwise it only sends to it.</summary>
    public bool IsServed { get; init; } = true;

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9]{2,44}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NamePattern();
}
