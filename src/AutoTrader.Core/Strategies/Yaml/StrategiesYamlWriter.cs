using System.Globalization;
using AutoTrader.Core.Engine;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace AutoTrader.Core.Strategies.Yaml;

/// <summary>Writes strategies in the original's order of fields; decimals as quoted text, as it wrote them.</summary>
internal sealed class StrategiesYamlWriter
{
    // What YAML 1.1 readers, the original among them, take for a truth value or nothing.
    private static readonly HashSet<string> Resolved = new(["y", "n", "yes", "no", "true", "false", "on", "off", "null"], StringComparer.OrdinalIgnoreCase);

    private readonly Emitter _emitter;

    // Long notes stay on one line: a folded one is hard to edit by hand.
    private StrategiesYamlWriter(TextWriter writer) => _emitter = new(writer, new EmitterSettings().WithBestWidth(int.MaxValue).WithNewLine("\n"));

    /// <summary>The text of a file with one list named <paramref name="root"/>.</summary>
    public static string Write(string root, IEnumerable<Strategy> strategies)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        var writer = new StrategiesYamlWriter(text);
        writer._emitter.Emit(new StreamStart());
        writer._emitter.Emit(new DocumentStart(null, null, true));
        writer._emitter.Emit(new MappingStart());
        writer.Plain(root);
        var list = strategies.ToList();
        writer.Begin(list.Count == 0);
        list.ForEach(writer.Record);
        writer._emitter.Emit(new SequenceEnd());
        writer._emitter.Emit(new MappingEnd());
        writer._emitter.Emit(new DocumentEnd(true));
        writer._emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    private void Record(Strategy strategy)
    {
        _emitter.Emit(new MappingStart());
        Field("symbol", strategy.Symbol);
        Field("strategy_type", Words.Of(strategy.StrategyType));
        Field("quantity", strategy.Quantity);
        Field("id", strategy.Id);
        Field("phase", strategy is { PauseReason: not null, IsTerminal: false } ? "paused" : Words.Of(strategy.Phase));
        Field("enabled", strategy.Enabled);
        Field("entry_type", Words.Of(strategy.EntryType));
        Field("entry_price", strategy.EntryPrice);
        Field("entry_condition", strategy.EntryCondition);
        Field("trailing_stop_pct", strategy.TrailingStopPct);
        Field("pullback_pct", strategy.PullbackPct);
        Field("pullback_reference_price", strategy.PullbackReferencePrice);
        Field("take_profit_pct", strategy.TakeProfitPct);
        Field("stop_loss_pct", strategy.StopLossPct);
        Targets(strategy.ScaleTargets);
        Grid(strategy.GridConfig);
        Null("entry_order_id");
        Field("entry_fill_price", strategy.EntryFillPrice);
        Field("high_watermark", strategy.HighWatermark);
        Plain("exit_order_ids");
        Begin(isEmpty: true);
        _emitter.Emit(new SequenceEnd());
        Null("scale_state");
        Null("grid_state");
        Field("schedule_at", strategy.ScheduleAt);
        Field("schedule_enabled", strategy.ScheduleEnabled);
        Field("created_at", strategy.CreatedAt);
        Field("updated_at", strategy.UpdatedAt);
        Field("notes", strategy.Notes);
        Own(strategy);
        _emitter.Emit(new MappingEnd());
    }

    private void Own(Strategy strategy)
    {
        if (strategy.ScheduleCron is not null)
        {
            Field("schedule_cron", strategy.ScheduleCron);
        }

        if (strategy.Repeat)
        {
            Field("repeat", true);
        }

        if (strategy.CooldownMinutes != 0)
        {
            Field("cooldown_minutes", strategy.CooldownMinutes);
        }

        if (strategy.AllowSharedSymbol)
        {
            Field("allow_shared_symbol", true);
        }

        if (strategy.OnUnprotected != default)
        {
            Field("on_unprotected", Words.Of(strategy.OnUnprotected));
        }

        if (strategy.PauseReason is not null)
        {
            Field("pause_reason", strategy.PauseReason);
        }
    }

    private void Targets(ValueList<ScaleTarget> targets)
    {
        if (targets.IsEmpty)
        {
            Null("scale_targets");
            return;
        }

        Plain("scale_targets");
        Begin(isEmpty: false);
        foreach (var target in targets)
        {
            _emitter.Emit(new MappingStart());
            Number("pct", target.Pct);
            Number("target_pct", target.TargetPct);
            _emitter.Emit(new MappingEnd());
        }

        _emitter.Emit(new SequenceEnd());
    }

    private void Grid(GridConfig? grid)
    {
        if (grid is null)
        {
            Null("grid_config");
            return;
        }

        Plain("grid_config");
        _emitter.Emit(new MappingStart());
        Number("low", grid.Low);
        Number("high", grid.High);
        Field("levels", grid.Levels);
        Field("qty_per_level", grid.QtyPerLevel);
        if (grid.StopBelow is { } stop)
        {
            Number("stop_below", stop);
        }

        _emitter.Emit(new MappingEnd());
    }

    private void Field(string name, bool value) => Plain(name, value ? "true" : "false");

    private void Field(string name, int value) => Plain(name, value.ToString(CultureInfo.InvariantCulture));

    private void Field(string name, decimal? value) => Field(name, value?.ToString(CultureInfo.InvariantCulture));

    // Inside grids and targets the original kept numbers, not text.
    private void Number(string name, decimal value) => Plain(name, value.ToString(CultureInfo.InvariantCulture));

    private void Field(string name, DateTimeOffset? value) => Field(name, value?.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture));

    private void Field(string name, string? value)
    {
        if (value is null)
        {
            Null(name);
            return;
        }

        Plain(name);
        var style = IsWord(value) ? ScalarStyle.Plain
            : value.All(character => character is >= ' ' and <= '~') ? ScalarStyle.SingleQuoted
            : ScalarStyle.DoubleQuoted;
        _emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, value, style, style == ScalarStyle.Plain, style != ScalarStyle.Plain));
    }

    private void Null(string name) => Plain(name, "null");

    private void Plain(string name, string value)
    {
        Plain(name);
        Plain(value);
    }

    private void Plain(string text) => _emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, ScalarStyle.Plain, true, false));

    private void Begin(bool isEmpty) => _emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, true, isEmpty ? SequenceStyle.Flow : SequenceStyle.Block));

    // Words that stay text in every reader; all else is quoted.
    private static bool IsWord(string text) =>
        text.Length > 0 && !char.IsAsciiDigit(text[0]) && text.All(character => char.IsAsciiLetterOrDigit(character) || character == '_') && !Resolved.Contains(text);
}
