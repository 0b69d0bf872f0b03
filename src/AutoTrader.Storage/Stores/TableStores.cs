using AutoTrader.Storage.Tables;

namespace AutoTrader.Storage.Stores;

/// <summary>The trading state in Table Storage.</summary>
/// <param name="tables">The storage account.</param>
public sealed class TableTradingStore(AzureTables tables) : TradingStore(tables);

/// <summary>The engine state in Table Storage.</summary>
/// <param name="tables">The storage account.</param>
public sealed class TableEngineStore(AzureTables tables) : EngineStore(tables);

/// <summary>The audit log in Table Storage.</summary>
/// <param name="tables">The storage account.</param>
public sealed class TableAuditLog(AzureTables tables) : AuditLog(tables);

/// <summary>The outbox in Table Storage.</summary>
/// <param name="tables">The storage account.</param>
public sealed class TableOutbox(AzureTables tables) : Outbox(tables);

/// <summary>The paper broker's rows in Table Storage.</summary>
/// <param name="tables">The storage account.</param>
public sealed class TablePaperStore(AzureTables tables) : PaperStore(tables);

/// <summary>Schedules and their runs in Table Storage.</summary>
/// <param name="tables">The storage account.</param>
public sealed class TableScheduleStore(AzureTables tables) : ScheduleStore(tables);
