using AutoTrader.Storage.Tables;

namespace AutoTrader.Storage.Stores;

/// <summary>The trading state in memory, under the same limits as in Table Storage.</summary>
/// <param name="tables">The tables; share them between stores, and across a restart. Null for separate tables.</param>
public sealed class MemoryTradingStore(MemoryTables? tables = null) : TradingStore(tables ?? new());

/// <summary>The engine state in memory.</summary>
/// <param name="tables">The tables; null for separate ones.</param>
public sealed class MemoryEngineStore(MemoryTables? tables = null) : EngineStore(tables ?? new());

/// <summary>The audit log in memory.</summary>
/// <param name="tables">The tables; null for separate ones.</param>
public sealed class MemoryAuditLog(MemoryTables? tables = null) : AuditLog(tables ?? new());

/// <summary>The outbox in memory.</summary>
/// <param name="tables">The tables; null for separate ones.</param>
public sealed class MemoryOutbox(MemoryTables? tables = null) : Outbox(tables ?? new());

/// <summary>The paper broker's rows in memory.</summary>
/// <param name="tables">The tables; null for separate ones.</param>
public sealed class MemoryPaperStore(MemoryTables? tables = null) : PaperStore(tables ?? new());

/// <summary>Schedules and their runs in memory.</summary>
/// <param name="tables">The tables; null for separate ones.</param>
public sealed class MemoryScheduleStore(MemoryTables? tables = null) : ScheduleStore(tables ?? new());
