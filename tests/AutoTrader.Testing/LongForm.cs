using System.Globalization;

namespace AutoTrader.Testing;

/// <summary>
/// How much of a large state space a run of the tests looks at: a fixed share of it with every push, and all of it in the nightly run, or
/// wherever <c>AUTOTRADER_LONG=1</c> is set.
/// </summary>
public static class LongForm
{
    /// <summary>Whether everything is looked at.</summary>
    public static bool IsOn { get; } = Environment.GetEnvironmentVariable("AUTOTRADER_LONG") == "1";

    /// <summary>How many of something: <paramref name="all"/> in the long form, <paramref name="share"/> in the short one.</summary>
    public static int Of(int share, int all) => IsOn ? all : share;

    /// <summary>A number that may be set by an environment variable.</summary>
    public static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
