using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace AutoTrader.LocalHost.Functions;

/// <summary>The <c>%Setting%</c> in the strings of attributes.</summary>
internal sealed partial class AppSettings(IConfiguration configuration)
{
    /// <summary>
    /// Replaces every <c>%Setting%</c>. The name is looked up unchanged, as in the Functions host: the provider turns the environment's
    /// <c>__</c> into <c>:</c>, so a name with <c>__</c> is never found.
    /// </summary>
    /// <exception cref="FunctionIndexingException">A setting has no value. The Functions host puts the function into error and runs on
    /// without it.</exception>
    public string Resolve(string function, string text) =>
        Reference()
            .Replace(text, reference =>
                configuration[reference.Groups["name"].Value] is { Length: > 0 } value
                    ? value
                    : throw new FunctionIndexingException(
                        $"Function '{function}' names the setting '{reference.Groups["name"].Value}', which has no value. Set it, for "
                            + "example in local.settings.json."
                    )
            );

    [GeneratedRegex("%(?<name>[^%]+)%", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reference();
}
