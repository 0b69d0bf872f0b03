using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;

namespace AutoTrader.Functions.Hosting;

/// <summary>
/// The settings that trigger attributes name as <c>%Setting%</c>. The Functions host resolves them, and where it cannot it puts that
/// function alone into error, in one line of its log: the app then answers HTTP and does not trade. So the app does not start either.
/// </summary>
internal static partial class TriggerSettings
{
    /// <summary>Checks every trigger of the app.</summary>
    /// <exception cref="InvalidOperationException">A setting is missing, or the host cannot resolve its name.</exception>
    public static void Check(Assembly app, IConfiguration configuration)
    {
        foreach (var (function, name) in Named(app))
        {
            // The host reads the environment through a provider that turns __ into :, and looks up the name unchanged.
            if (name.Contains("__", StringComparison.Ordinal) || name.Contains(':', StringComparison.Ordinal))
            {
                throw new InvalidOperationException(
                    $"The function {function} names the setting '{name}'. The Functions host cannot resolve names with '__' or "
                        + "':': rename it."
                );
            }

            if (string.IsNullOrWhiteSpace(configuration[name]))
            {
                throw new InvalidOperationException(
                    $"The setting {name} is missing, which triggers the function {function}. Set it as "
                        + "local.settings.json.example does."
                );
            }
        }
    }

    private static IEnumerable<(string Function, string Setting)> Named(Assembly app) =>
        from type in app.GetExportedTypes()
        from method in type.GetMethods()
        let function = method.GetCustomAttribute<FunctionAttribute>()
        where function is not null
        from parameter in method.GetParameters()
        let trigger = parameter.GetCustomAttribute<TimerTriggerAttribute>()
        where trigger is not null
        from Match reference in Reference().Matches(trigger.Schedule)
        select (function.Name, reference.Groups["name"].Value);

    [GeneratedRegex("%(?<name>[^%]+)%", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Reference();
}
