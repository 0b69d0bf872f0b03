#pragma warning disable
namespace AutoTrader.Core.Market;
public sealed record Session(DateOnly Day, DateTimeOffset Open, DateTimeOffset Close, bool EarlyClose);
public sealed record Split(string Symbol, DateOnly ExDate, int Numerator, int Denominator) { public decimal Ratio => (decimal)Numerator/Denominator; }
public sealed record Bar(string Symbol, DateTimeOffset Start, TimeSpan Length, decimal Open, decimal High, decimal Low, decimal Close, long Volume);
public static class TickSize { public static decimal RoundDown(decimal p)=>p; public static decimal RoundUp(decimal p)=>p; }
public sealed class TradingCalendar { public static TradingCalendar Nyse { get; } = new();
 public Session? SessionAt(DateTimeOffset t)=>null; public Session? SessionOn(DateOnly d)=>null; public DateOnly TradingDay(DateTimeOffset t)=>default; public Session CurrentOrNext(DateTimeOffset t)=>null!; public Session NextSession(DateTimeOffset t)=>null!; public Session PreviousSession(DateTimeOffset t)=>null!; public TimeZoneInfo NewYork => TimeZoneInfo.Utc; }
