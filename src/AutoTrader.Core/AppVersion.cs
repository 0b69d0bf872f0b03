using System.Reflection;

namespace AutoTrader.Core;

/// <summary>The version of this build.</summary>
public static class AppVersion
{
    /// <summary>The build's version, for example <c>1.4.0</c>, without the commit after a plus sign.</summary>
    public static string Current { get; } =
        typeof(AppVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? "0.0.0";
}
