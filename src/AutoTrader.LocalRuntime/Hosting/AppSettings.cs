using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.Extensions.Configuration;

namespace AutoTrader.LocalRuntime.Hosting;

/// <summary>The app settings by name, and the <c>%Setting%</c> in the strings of attributes that refers to them.</summary>
internal sealed partial class AppSettings(IConfiguration configuration)
{
    /// <summary>The value of a setting, its name written with <c>__</c> or <c>:</c>.</summary>
    public string? this[string name] => configuration[name] ?? configuration[name.Replace("__", ":", StringComparison.Ordinal)];

    /// <summary>Replaces every <c>%Setting%</c>.</summary>
    /// <exception cref="InvalidOperationException">A setting has no value; <see cref="Missing"/> finds it beforehand.</exception>
    public string Resolve(string text) => Reference().Replace(text, reference => Value(reference) ?? throw new InvalidOperationException($"The setting '{reference.Groups["name"].Value}' has no value."));

    /// <summary>The first setting without a value that the strings of an attribute refer to.</summary>
    public string? Missing(TriggerBindingAttribute trigger) =>
        Texts(trigger).SelectMany(text => Reference().Matches(text)).FirstOrDefault(reference => Value(reference) is null)?.Groups["name"].Value;

    private static IEnumerable<string> Texts(TriggerBindingAttribute trigger) => trigger switch
    {
        TimerTriggerAttribute timer => [timer.Schedule],
        HttpTriggerAttribute { Route: { } route } => [route],
        _ => [],
    };

    private string? Value(Match reference) => this[reference.Groups["name"].Value] is { Length: > 0 } value ? value : null;

    [GeneratedRegex("%(?<name>[^%]+)%", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reference();
}
