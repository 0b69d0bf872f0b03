using System.Globalization;
using System.Text;

namespace AutoTrader.Cli;

/// <summary>What a command line has around it: its streams, and the environment of the process.</summary>
internal sealed record Terminal(TextWriter Out, TextWriter Error, TextReader In, Func<string, string?> Variable)
{
    private const int PipedWidth = 160;
    private const int NarrowestWidth = 20;

    /// <summary>Whether the output is a terminal.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>Whether the error output is a terminal.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Whether a person can be asked.</summary>
    public bool InIsTerminal { get; init; }

    /// <summary>The columns of the output.</summary>
    public int Width { get; init; } = PipedWidth;

    /// <summary>Reads a line without showing it; for secrets.</summary>
    public Func<string?>? ReadSecret { get; init; }

    /// <summary>What limits of waiting are counted on.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Whether colors are wanted.</summary>
    public bool HasColors => OutIsTerminal && string.IsNullOrEmpty(Variable("NO_COLOR")) && Variable("TERM") != "dumb";

    /// <summary>The folder of the user's settings.</summary>
    public string ConfigFolder =>
        Path.Combine(
            Variable("XDG_CONFIG_HOME") is { Length: > 0 } folder ? folder
                : OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData)
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config"),
            "autotrader"
        );

    /// <summary>The folder of the user's data.</summary>
    public string DataFolder =>
        Path.Combine(
            Variable("XDG_DATA_HOME") is { Length: > 0 } folder ? folder
                : OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData)
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "share"),
            "autotrader"
        );

    public static Terminal OfProcess()
    {
        // Signs beyond ASCII are lost otherwise where the system has another encoding.
        if (Console.IsOutputRedirected || OperatingSystem.IsWindows())
        {
            Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        }

        return new(Console.Out, Console.Error, Console.In, Environment.GetEnvironmentVariable)
        {
            OutIsTerminal = !Console.IsOutputRedirected,
            ErrorIsTerminal = !Console.IsErrorRedirected,
            InIsTerminal = !Console.IsInputRedirected,
            Width = WidthOf(Environment.GetEnvironmentVariable("COLUMNS"))
                ?? (Console.IsOutputRedirected ? PipedWidth : Math.Max(Console.WindowWidth, NarrowestWidth)),
            ReadSecret = ReadHidden,
        };
    }

    /// <summary>The columns that the variable COLUMNS gives; null when it gives none.</summary>
    public static int? WidthOf(string? columns) =>
        int.TryParse(columns, NumberStyles.None, CultureInfo.InvariantCulture, out var width) && width >= NarrowestWidth ? width : null;

    private static string? ReadHidden()
    {
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is var key && key.Key != ConsoleKey.Enter)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                typed.Append(key.KeyChar);
            }
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }
}
