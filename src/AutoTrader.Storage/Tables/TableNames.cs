using AutoTrader.Core.Ports;

namespace AutoTrader.Storage.Tables;

/// <summary>The tables (docs/architecture.md, "Storage").</summary>
internal static class TableNames
{
    public const string Trading = StoredRow.Trading;
    public const string Engine = StoredRow.Engine;
    public const string Paper = StoredRow.Paper;
    public const string Audit = "Audit";
    public const string Fills = "Fills";
    public const string Orders = "Orders";
    public const string Outbox = "Outbox";
    public const string Schedules = "Schedules";

    /// <summary>The lowest character that a key may hold: with it behind a key begin the keys after that one.</summary>
    public const string LowestInKeys = " ";

    /// <summary>The partition of a UTC day of an account; later days come first.</summary>
    public static string DayOf(string account, DateTimeOffset at) =>
        account
        + "|"
        + (DateOnly.MaxValue.DayNumber - DateOnly.FromDateTime(at.UtcDateTime).DayNumber).ToString(
            "D7",
            System.Globalization.CultureInfo.InvariantCulture
        );

    /// <summary>A key part that sorts later instants first.</summary>
    public static string Inverted(DateTimeOffset instant) =>
        (DateTimeOffset.MaxValue.UtcTicks - instant.UtcTicks).ToString("D19", System.Globalization.CultureInfo.InvariantCulture);
}
