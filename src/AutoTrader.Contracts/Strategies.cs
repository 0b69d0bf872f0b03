using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using AutoTrader.Core.Application;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Contracts;

/// <summary>A strategy: the fields of its file, and its state. Prices are dollars, percentages percent numbers.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Symbol">On what.</param>
/// <param name="StrategyType">Which of the five kinds it is.</param>
/// <param name="Phase">The phase.</param>
/// <param name="Enabled">Whether it may enter.</param>
/// <param name="Paused">Whether it is paused.</param>
/// <param name="PauseReason">Why.</param>
/// <param name="Quantity">Shares to buy.</param>
/// <param name="EntryType">When it buys.</param>
/// <param name="EntryPrice">The limit of a limit entry.</param>
/// <param name="EntryCondition"><c>below:PRICE</c>, <c>above:PRICE</c>, or a comparison of indicators.</param>
/// <param name="TrailingStopPct">The distance of the trailing stop.</param>
/// <param name="PullbackPct">The dip that is bought.</param>
/// <param name="PullbackReferencePrice">The price below which it is measured.</param>
/// <param name="TakeProfitPct">The profit at which it sells.</param>
/// <param name="StopLossPct">The loss at which it sells.</param>
/// <param name="ScaleTargets">The steps of a scale-out.</param>
/// <param name="GridConfig">The ladder of a grid.</param>
/// <param name="Repeat">Whether it rearms after completion.</param>
/// <param name="CooldownMinutes">How long after.</param>
/// <param name="AllowSharedSymbol">Whether other strategies may trade the symbol at the same time.</param>
/// <param name="OnUnprotected">What happens when the broker refuses protection.</param>
/// <param name="ScheduleAt">When it starts (UTC), where that is scheduled.</param>
/// <param name="ScheduleEnabled">Whether it is scheduled.</param>
/// <param name="ScheduleCron">The cron expression by which it starts.</param>
/// <param name="ScheduleMarket">The market time at which it starts.</param>
/// <param name="Notes">Free text.</param>
/// <param name="Arm">Identifies the run since it was last armed; it changes each time.</param>
/// <param name="HeldQuantity">Shares held.</param>
/// <param name="EnteredQuantity">Shares bought in this life.</param>
/// <param name="EntryFillPrice">At which price on average.</param>
/// <param name="HighWatermark">The highest price since.</param>
/// <param name="EffectiveStop">The price at which it sells now.</param>
/// <param name="RealizedPnl">What sales brought beyond cost.</param>
/// <param name="Fees">The broker's fees.</param>
/// <param name="Closing">Why it is being closed.</param>
/// <param name="WaitingFor">What its entry waits for, in a sentence.</param>
/// <param name="CompletedAt">When it completed (UTC).</param>
/// <param name="CreatedAt">When it was created (UTC).</param>
/// <param name="UpdatedAt">When it last changed (UTC).</param>
/// <param name="Etag">Its version, for If-Match.</param>
public sealed record StrategyResource(
    string Id,
    string Symbol,
    StrategyType StrategyType,
    StrategyPhase Phase,
    bool Enabled,
    bool Paused,
    string? PauseReason,
    int Quantity,
    EntryType EntryType,
    decimal? EntryPrice,
    string? EntryCondition,
    decimal? TrailingStopPct,
    decimal? PullbackPct,
    decimal? PullbackReferencePrice,
    decimal? TakeProfitPct,
    decimal? StopLossPct,
    IReadOnlyList<ScaleTargetView>? ScaleTargets,
    GridConfigView? GridConfig,
    bool Repeat,
    int CooldownMinutes,
    bool AllowSharedSymbol,
    OnUnprotected OnUnprotected,
    DateTimeOffset? ScheduleAt,
    bool ScheduleEnabled,
    string? ScheduleCron,
    string? ScheduleMarket,
    string? Notes,
    string Arm,
    decimal HeldQuantity,
    decimal EnteredQuantity,
    decimal? EntryFillPrice,
    decimal? HighWatermark,
    decimal? EffectiveStop,
    decimal RealizedPnl,
    decimal Fees,
    string? Closing,
    string? WaitingFor,
    DateTimeOffset? CompletedAt,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    string Etag
)
{
    /// <summary>Possible problems to know before it buys; set in the response of its creation, null otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<StrategyWarningView>? Warnings { get; init; }
}

/// <summary>A step of a scale-out.</summary>
/// <param name="Pct">Part of the shares in percent.</param>
/// <param name="TargetPct">Profit at which it is sold, in percent.</param>
public sealed record ScaleTargetView(
    [property: Description("Part of the shares in percent.")] decimal Pct,
    [property: Description("Profit at which it is sold, in percent.")] decimal TargetPct
);

/// <summary>The ladder of a grid.</summary>
/// <param name="Low">The lowest level in dollars.</param>
/// <param name="High">The highest level in dollars.</param>
/// <param name="Levels">How many levels.</param>
/// <param name="QtyPerLevel">Shares bought on each.</param>
/// <param name="StopBelow">The price in dollars at which the inventory is sold.</param>
public sealed record GridConfigView(
    [property: Description("The lowest level in dollars.")] decimal Low,
    [property: Description("The highest level in dollars.")] decimal High,
    [property: Description("The number of equally spaced levels."), Range(2, StrategyValidation.MaxLevels)] int Levels,
    [property: Description("Shares bought on each level below the highest."), Range(1, OrderValidation.MaxQuantity)] int QtyPerLevel,
    [property: Description("The price in dollars at which the inventory is sold.")] decimal? StopBelow
);

/// <summary>What an action led to.</summary>
/// <param name="Outcome">In a sentence.</param>
/// <param name="Strategy">The stored strategy.</param>
/// <param name="Warnings">What its owner should know, after enabling; null otherwise.</param>
public sealed record ActionView(
    string? Outcome,
    StrategyResource Strategy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<StrategyWarningView>? Warnings = null
);

/// <summary>A possible problem to know before a strategy buys.</summary>
/// <param name="Code">For programs.</param>
/// <param name="Field">The field.</param>
/// <param name="Message">In a sentence.</param>
public sealed record StrategyWarningView(string Code, string Field, string Message);

/// <summary>What a strategy type does.</summary>
/// <param name="Type">The type.</param>
/// <param name="Summary">In a sentence.</param>
/// <param name="Entry">When it buys.</param>
/// <param name="Exit">How it is protected and when it sells.</param>
/// <param name="Parameters">Its own parameters.</param>
/// <param name="Example">A definition that works.</param>
public sealed record TypeExplanationView(
    StrategyType Type,
    string Summary,
    string Entry,
    string Exit,
    IReadOnlyList<TypeParameterView> Parameters,
    IReadOnlyDictionary<string, JsonElement> Example
);

/// <summary>A parameter of a strategy type.</summary>
/// <param name="Name">The field.</param>
/// <param name="Default">What counts when it is not given.</param>
/// <param name="Description">The meaning.</param>
public sealed record TypeParameterView(string Name, string? Default, string Description);

/// <summary>What an import of strategies did, or would do.</summary>
/// <param name="DryRun">Whether nothing was changed.</param>
/// <param name="Created">How many are new.</param>
/// <param name="Updated">How many changed.</param>
/// <param name="Unchanged">How many did not.</param>
/// <param name="Refused">How many were refused.</param>
/// <param name="Strategies">One by one.</param>
/// <param name="Problems">The problem.</param>
public sealed record StrategyImportView(
    bool DryRun,
    int Created,
    int Updated,
    int Unchanged,
    int Refused,
    IReadOnlyList<StrategyImportStepView> Strategies,
    IReadOnlyList<ImportProblemView> Problems
);

/// <summary>What an import did with one strategy.</summary>
/// <param name="Id">Its id.</param>
/// <param name="OriginalId">Its id in the file, where that could not be kept.</param>
/// <param name="Line">Its line in the file.</param>
/// <param name="Action">The action taken, or planned in a dry run.</param>
/// <param name="Changes">Which fields change.</param>
/// <param name="Message">Why it was refused.</param>
public sealed record StrategyImportStepView(
    string Id,
    string? OriginalId,
    int Line,
    ImportAction Action,
    IReadOnlyList<FieldChangeView> Changes,
    string? Message
);

/// <summary>A field that changes.</summary>
/// <param name="Field">Its name.</param>
/// <param name="From">The old value.</param>
/// <param name="To">The new value.</param>
public sealed record FieldChangeView(string Field, string? From, string? To);

/// <summary>A problem with a file.</summary>
/// <param name="Severity">Whether something was left out.</param>
/// <param name="Id">The record.</param>
/// <param name="Line">On which line.</param>
/// <param name="Field">In which field.</param>
/// <param name="Code">For programs.</param>
/// <param name="Message">The problem.</param>
/// <param name="Fix">What to do.</param>
public sealed record ImportProblemView(
    ImportSeverity Severity,
    string? Id,
    int Line,
    string? Field,
    string Code,
    string Message,
    string Fix
);

/// <summary>The text of a file.</summary>
/// <param name="Yaml">The text.</param>
public sealed record YamlRequest(
    [property: Description("The text of the file."), MaxLength(1024 * 1024), DataType(DataType.Upload)] string Yaml
);
