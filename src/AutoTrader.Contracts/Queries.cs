using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Reports;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Contracts;

/// <summary>Pages a list.</summary>
public record PageQuery
{
    /// <summary>The most items to return.</summary>
    [Description("The most items to return."), Range(1, 1000), DefaultValue(100)]
    public int? Limit { get; init; }

    /// <summary>Where the page begins.</summary>
    [Description("The cursor of the previous response, for the next page; the other parameters must be the same."), MaxLength(4000)]
    public virtual string? Cursor { get; init; }
}

/// <summary>Narrows the list of strategies.</summary>
public sealed record StrategyQuery : PageQuery
{
    /// <summary>The symbol.</summary>
    [Description("Only for this symbol."), MaxLength(Core.Market.Symbol.MaxLength)]
    public string? Symbol { get; init; }

    /// <summary>The type.</summary>
    [Description("Only of this type.")]
    public StrategyType? StrategyType { get; init; }

    /// <summary>The phase.</summary>
    [Description("Only in this phase.")]
    public StrategyPhase? Phase { get; init; }

    /// <summary>Whether it may enter.</summary>
    [Description("Only enabled ones, or only disabled ones.")]
    public bool? Enabled { get; init; }
}

/// <summary>How a strategy is deleted.</summary>
public sealed record DeleteStrategyQuery
{
    /// <summary>Also if it holds shares.</summary>
    [Description("Delete it even if it holds shares."), DefaultValue(false)]
    public bool? Force { get; init; }
}

/// <summary>Narrows the list of schedules.</summary>
public sealed record ScheduleQuery : PageQuery
{
    /// <summary>The action.</summary>
    [Description("Only with this action.")]
    public ScheduleAction? TaskType { get; init; }

    /// <summary>The strategy.</summary>
    [Description("Only on this strategy."), MaxLength(StrategyValidation.MaxId)]
    public string? StrategyId { get; init; }

    /// <summary>Whether it fires.</summary>
    [Description("Only enabled ones, or only paused ones.")]
    public bool? Enabled { get; init; }
}

/// <summary>Narrows the runs of a schedule.</summary>
public sealed record RunQuery : PageQuery
{
    /// <summary>The status.</summary>
    [Description("Only with this status.")]
    public RunStatus? Status { get; init; }
}

/// <summary>Narrows the list of orders.</summary>
public sealed record OrderQuery : PageQuery
{
    /// <summary>Working or ended.</summary>
    [Description("Working orders, ended orders, or all."), DefaultValue("open")]
    public OrderScope? Status { get; init; }

    /// <summary>The symbol.</summary>
    [Description("Only for this symbol."), MaxLength(Core.Market.Symbol.MaxLength)]
    public string? Symbol { get; init; }

    /// <summary>Whose.</summary>
    [Description("Only of this strategy; manual for manual orders."), MaxLength(StrategyValidation.MaxId)]
    public string? StrategyId { get; init; }
}

/// <summary>Narrows the cash movements.</summary>
public sealed record CashQuery : PageQuery
{
    /// <summary>The kind.</summary>
    [Description("Only of this kind.")]
    public CashActivityKind? Kind { get; init; }
}

/// <summary>Narrows the events.</summary>
public sealed record EventQuery : PageQuery
{
    /// <summary>Where to start.</summary>
    [Description(
        "Where to start without a cursor, at most 31 days back: a time, a day (New York), or an age such as 90s, 15m, 2h or 3d."
    )]
    [MaxLength(64), DefaultValue("1d")]
    public string? Since { get; init; }

    /// <summary>The strategy.</summary>
    [Description("Only events of this strategy."), MaxLength(StrategyValidation.MaxId)]
    public string? StrategyId { get; init; }

    /// <summary>Where the page begins. It names the delivered rows of the last minutes and is therefore longer than others.</summary>
    [Description("The cursor of the previous response, for the next page; the other parameters must be the same."), MaxLength(6000)]
    public override string? Cursor { get; init; }
}

/// <summary>Narrows the trades.</summary>
public sealed record TradeQuery
{
    /// <summary>The symbol.</summary>
    [Description("Only for this symbol."), MaxLength(Core.Market.Symbol.MaxLength)]
    public string? Symbol { get; init; }

    /// <summary>Whose.</summary>
    [Description("Only of this strategy; manual for manual orders."), MaxLength(StrategyValidation.MaxId)]
    public string? StrategyId { get; init; }

    /// <summary>The last so many days.</summary>
    [Description("The last so many days."), Range(1, 36500), DefaultValue(30)]
    public int? Days { get; init; }

    /// <summary>The most entries and trades.</summary>
    [Description("The most ledger entries and closed trades, newest first."), Range(1, 10_000), DefaultValue(1000)]
    public int? Limit { get; init; }

    /// <summary>The format.</summary>
    [Description("The format."), DefaultValue("json")]
    public TradeFormat? Format { get; init; }
}

/// <summary>How trades are written.</summary>
public enum TradeFormat
{
    /// <summary>Trades and results as JSON.</summary>
    Json,

    /// <summary>The ledger entries as a table.</summary>
    Csv,
}

/// <summary>The span of the equity curve.</summary>
public sealed record EquityQuery
{
    /// <summary>The last so many days.</summary>
    [Description("The last so many New York days, including today."), Range(1, 3660), DefaultValue(90)]
    public int? Days { get; init; }

    /// <summary>How dense it is.</summary>
    [Description("day: each day's last point; sample: one point per five minutes of a session, at most 31 days."), DefaultValue("day")]
    public EquityInterval? Interval { get; init; }
}

/// <summary>Whose quotes.</summary>
public sealed record QuoteQuery
{
    /// <summary>The symbols with commas between.</summary>
    [Description("Up to 100 symbols, separated by commas."), MaxLength(1100)]
    public required string Symbols { get; init; }
}

/// <summary>The span of bars.</summary>
public sealed record BarQuery
{
    /// <summary>The last so many days.</summary>
    [Description("The last so many days."), Range(1, 30), DefaultValue(3)]
    public int? Days { get; init; }

    /// <summary>The most bars.</summary>
    [Description("The most items to return."), Range(1, 10_000), DefaultValue(1000)]
    public int? Limit { get; init; }
}

/// <summary>Which movers.</summary>
public sealed record MoverQuery
{
    /// <summary>The market.</summary>
    [Description("The market."), DefaultValue("stocks")]
    public MoverMarket? MarketType { get; init; }

    /// <summary>The most rows of each kind: as many as Alpaca's screener gives.</summary>
    [Description("The most rows of each kind."), Range(1, 50), DefaultValue(10)]
    public int? Limit { get; init; }
}

/// <summary>The markets whose movers there are.</summary>
public enum MoverMarket
{
    /// <summary>US stocks.</summary>
    Stocks,
}

/// <summary>Whether something is done or only told.</summary>
public sealed record DryRunQuery
{
    /// <summary>Only tell.</summary>
    [Description("Report what would happen without changing anything."), DefaultValue(false)]
    public bool? DryRun { get; init; }
}
