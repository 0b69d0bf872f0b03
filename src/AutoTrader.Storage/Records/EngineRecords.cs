using AutoTrader.Core.Market;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using Azure.Data.Tables;

namespace AutoTrader.Storage.Records;

/// <summary>The columns of the engine state.</summary>
internal static class EngineStateRecord
{
    public static RecordMapper<EngineState> Mapper { get; } = new(Write, Read);

    private static void Write(EngineState state, ColumnWriter to)
    {
        to.Instant("last_tick", state.LastTick);
        to.Instant("last_cycle_at", state.LastCycleAt);
        to.Text("last_holder", state.LastHolder);
        to.Map("quotes", state.Quotes, Nested.Lenient.DictionaryStringQuoteState);
        to.Map("mismatches", state.Mismatches, Nested.Lenient.DictionaryStringInt32);
        to.Map("holds", state.Holds, Nested.Lenient.DictionaryStringSymbolHold);
        to.List("splits", state.Splits, Nested.Lenient.SplitArray);
        to.List("attention", state.Attention, Nested.Lenient.AttentionArray);
        to.Instant("read_to", state.ReadTo);
        to.Map("applied", state.Applied, Nested.Lenient.DictionaryStringDateTimeOffset);
        to.Json("cash", state.Cash, Nested.Lenient.CashState);
        to.Json("exchange", state.Exchange, Nested.Lenient.ExchangeState);
        to.Map("stuck_cancels", state.StuckCancels, Nested.Lenient.DictionaryStringInt32);
        to.Json("quiet", state.Quiet, Nested.Lenient.QuietState);
        to.Json("equity", state.Equity, Nested.Lenient.EquityDay);
    }

    /// <summary>The readable part of a damaged engine state: each damaged column gets its value from an empty state.</summary>
    public static EngineState Salvage(TableEntity entity) => Read(new(entity, null), isWhole: false);

    private static EngineState Read(ColumnReader from) => Read(from, isWhole: true);

    private static EngineState Read(ColumnReader from, bool isWhole)
    {
        var none = new EngineState();
        return new()
        {
            LastTick = Part(() => from.OptionalInstant("last_tick"), none.LastTick),
            LastCycleAt = Part(() => from.OptionalInstant("last_cycle_at"), none.LastCycleAt),
            LastHolder = Part(() => from.OptionalText("last_holder"), none.LastHolder),
            Quotes = Part(() => from.Map("quotes", Nested.Lenient.DictionaryStringQuoteState), none.Quotes),
            Mismatches = Part(() => from.Map("mismatches", Nested.Lenient.DictionaryStringInt32), none.Mismatches),
            Holds = Part(() => from.Map("holds", Nested.Lenient.DictionaryStringSymbolHold), none.Holds),
            Splits = Part<IReadOnlyList<Split>>(() => from.List("splits", Nested.Lenient.SplitArray), none.Splits),
            Attention = Part<IReadOnlyList<Attention>>(() => from.List("attention", Nested.Lenient.AttentionArray), none.Attention),
            ReadTo = Part(() => from.OptionalInstant("read_to"), none.ReadTo),
            Applied = Part(() => from.Map("applied", Nested.Lenient.DictionaryStringDateTimeOffset), none.Applied),
            Cash = Part(() => from.Json("cash", Nested.Lenient.CashState) ?? none.Cash, none.Cash),
            Exchange = Part(() => from.Json("exchange", Nested.Lenient.ExchangeState) ?? none.Exchange, none.Exchange),
            StuckCancels = Part(() => from.Map("stuck_cancels", Nested.Lenient.DictionaryStringInt32), none.StuckCancels),
            Quiet = Part(() => from.Json("quiet", Nested.Lenient.QuietState), none.Quiet),
            Equity = Part(() => from.Json("equity", Nested.Lenient.EquityDay), none.Equity),
        };

        T Part<T>(Func<T> read, T otherwise)
        {
            try
            {
                return read();
            }
            catch (FormatException) when (!isWhole)
            {
                return otherwise;
            }
        }
    }
}

/// <summary>The columns of cycle records.</summary>
internal static class CycleRecordColumns
{
    public static RecordMapper<CycleRecord> Mapper { get; } = new(Write, Read);

    private static void Write(CycleRecord cycle, ColumnWriter to)
    {
        to.Instant("planned", cycle.Planned);
        to.Instant("started_at", cycle.StartedAt);
        to.Text("cause", cycle.Cause);
        to.Text("holder", cycle.Holder);
        to.Flag("market_open", cycle.MarketOpen);
        to.Integer("evaluated", cycle.Evaluated);
        to.Integer("without_quote", cycle.WithoutQuote);
        to.Integer("skipped", cycle.Skipped);
        to.Integer("submitted", cycle.Submitted);
        to.Integer("canceled", cycle.Canceled);
        to.Integer("fills", cycle.Fills);
        to.Integer("attention", cycle.Attention);
        to.Decimal("equity", cycle.Equity);
        to.Long("duration_ms", cycle.DurationMs);
        to.Text("error", cycle.Error);
        to.List("events", cycle.Events, Nested.Lenient.StringArray);
    }

    private static CycleRecord Read(ColumnReader from) =>
        new()
        {
            Planned = from.Instant("planned"),
            StartedAt = from.Instant("started_at"),
            Cause = from.Text("cause"),
            Holder = from.Text("holder"),
            MarketOpen = from.Flag("market_open"),
            Evaluated = from.Integer("evaluated", 0),
            WithoutQuote = from.Integer("without_quote", 0),
            Skipped = from.Integer("skipped", 0),
            Submitted = from.Integer("submitted", 0),
            Canceled = from.Integer("canceled", 0),
            Fills = from.Integer("fills", 0),
            Attention = from.Integer("attention", 0),
            Equity = from.OptionalDecimal("equity"),
            DurationMs = from.Long("duration_ms", 0),
            Error = from.OptionalText("error"),
            Events = from.List("events", Nested.Lenient.StringArray),
        };
}

/// <summary>The columns of a day's equity.</summary>
internal static class EquityRecord
{
    public static RecordMapper<EquityDay> Mapper { get; } =
        new(
            (day, to) =>
            {
                to.Date("day", day.Day);
                to.List("samples", day.Samples, Nested.Lenient.EquitySampleArray);
            },
            from => new(from.Date("day"), from.List("samples", Nested.Lenient.EquitySampleArray))
        );
}

/// <summary>The columns of audit entries.</summary>
internal static class AuditRecord
{
    public static RecordMapper<AuditEntry> Mapper { get; } =
        new(
            (entry, to) =>
            {
                to.Instant("at", entry.At);
                to.Text("id", entry.Id);
                to.Text("caller", entry.Caller);
                to.Text("action", entry.Action);
                to.Text("target", entry.Target);
                to.Text("details", entry.Details);
                to.Text("error", entry.Error);
            },
            from =>
                new(
                    from.Instant("at"),
                    from.Text("id"),
                    from.Text("caller"),
                    from.Text("action"),
                    from.OptionalText("target"),
                    from.OptionalText("details"),
                    from.OptionalText("error")
                )
        );
}
