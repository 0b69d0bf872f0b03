using AutoTrader.Core;
using AutoTrader.Core.Strategies;
using CsCheck;

namespace AutoTrader.Testing;

/// <summary>Sound strategies of every kind.</summary>
public static class StrategyGen
{
    public static readonly DateTimeOffset Now = new(2026, 1, 15, 15, 0, 0, TimeSpan.Zero);

    private const string IdLetters = "ABCXYZabcxyz0189_-";
    private const string NoteLetters = "aB 9'\":#-{}[],&*!|>%@`~?=\\\n\t\rnull äß€\U0001F680";

    public static readonly Gen<decimal> Percent = Gen.Int[1, 9_999].Select(hundredths => hundredths / 100m);

    public static readonly Gen<decimal> Price = Gen.Long[1, 10_000_000_000].Select(units => units / 10_000m);

    public static readonly Gen<string> Id = Gen.String[Gen.Char[IdLetters], 1, 32].Where(StrategyValidation.IsValidId);

    public static readonly Gen<string> TickerSymbol =
        from first in Gen.Char['A', 'Z']
        from rest in Gen.String[Gen.Char["ABCNOYESFTRUL019.-"], 0, 9]
        select first + rest;

    public static readonly Gen<string> Notes = Gen.OneOf(
        Pick(
            "",
            "null",
            "~",
            "true",
            "1.5",
            "Entry order canceled",
            "- a",
            "a: b",
            "# no",
            "0x1F",
            " leading",
            "trailing ",
            "\n",
            "2026-01-01",
            "it's \"quoted\""
        ),
        Gen.Int[0, NoteLetters.Length - 1].List[0, 60].Select(indices => Whole(string.Concat(indices.Select(i => NoteLetters[i]))))
    );

    private static readonly Gen<DateTimeOffset> Instant = Gen.Long[0, 10L * 365 * 86_400 * 1000]
        .Select(milliseconds => Now.AddYears(-5).AddMilliseconds(milliseconds));

    private static readonly Gen<ValueList<ScaleTarget>> Targets = Gen.Select(
        Gen.Int[1, 19].List[0, 4],
        Percent.Array[5],
        (parts, profits) =>
            parts
                .Select((part, i) => new ScaleTarget(part, profits[i]))
                .Append(new ScaleTarget(100 - parts.Sum(), profits[4]))
                .ToValueList()
    );

    private static readonly Gen<GridConfig> Ladder =
        from low in Gen.Int[100, 90_000_000].Select(cents => cents / 100m)
        from levels in Gen.Int[2, 50]
        from step in Gen.Int[2, 1000]
        from quantity in Gen.Int[1, 1_000_000]
        from stop in Gen.Bool
        select new GridConfig(low, low + (0.01m * step * (levels - 1)), levels, quantity) { StopBelow = stop ? low / 2 : null };

    public static readonly Gen<Strategy> Any =
        from type in Gen.Enum<StrategyType>()
        from id in Id
        from symbol in TickerSymbol
        from quantity in Gen.Int[1, 1_000_000]
        from percents in Percent.Array[4]
        from entry in Gen.Enum<EntryType>()
        from price in Price
        from below in Gen.Bool
        from stop in Gen.Bool
        from targets in Targets
        from grid in Ladder.Null(0.2)
        from flags in Gen.Bool.Array[5]
        from cooldown in Gen.Int[0, 10_000]
        from schedule in Gen.Int[0, 3]
        from after in Gen.Long[1, 100_000_000]
        from notes in Notes.Null()
        from pause in Notes.Where(reason => reason.Length > 0).Null(0.7)
        from created in Instant
        from reference in Price.Nullable()
        from phase in Pick(StrategyPhase.Pending, StrategyPhase.Pending, StrategyPhase.Completed, StrategyPhase.Failed)
        let buysItself = type is StrategyType.Grid or StrategyType.PullbackTrailing
        select new Strategy
        {
            Id = id,
            Arm = "aaaaaaaa",
            Symbol = symbol,
            StrategyType = type,
            Quantity = quantity,
            Enabled = flags[0],
            EntryType = buysItself ? EntryType.Market : entry,
            EntryPrice = !buysItself && entry == EntryType.Limit ? price : null,
            EntryCondition = !buysItself && entry == EntryType.Condition ? new EntryCondition(below, price).ToString() : null,
            TrailingStopPct = type is StrategyType.TrailingStop or StrategyType.PullbackTrailing ? percents[0] : null,
            PullbackPct = type is StrategyType.PullbackTrailing ? percents[1] : null,
            TakeProfitPct = type is StrategyType.Bracket ? percents[2] * 50 : null,
            StopLossPct = type is StrategyType.Bracket || (stop && type is StrategyType.ScaleOut) ? percents[3] : null,
            ScaleTargets = type is StrategyType.ScaleOut ? targets : [],
            GridConfig = type is StrategyType.Grid ? grid : null,
            Repeat = flags[1],
            CooldownMinutes = cooldown,
            AllowSharedSymbol = flags[2],
            OnUnprotected = flags[3] ? OnUnprotected.Exit : OnUnprotected.Retry,
            ScheduleAt = schedule == 1 ? Now.AddTicks(after * TimeSpan.TicksPerSecond / 10) : null,
            ScheduleCron =
                schedule == 2 ? "35 9 * * 1-5"
                : schedule == 3 ? "0 35 9 * * *"
                : null,
            ScheduleEnabled = schedule > 0 && flags[4],
            Notes = notes,
            CreatedAt = created,
            UpdatedAt = created.AddTicks(after),
            Phase = phase,
            PauseReason = pause,
            PullbackReferencePrice = type is StrategyType.PullbackTrailing && phase == StrategyPhase.Pending ? reference : null,
        };

    /// <summary>One of the given values.</summary>
    public static Gen<T> Pick<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    public static Strategy Trailing(string id = "a", string symbol = "SPY") =>
        new()
        {
            Id = id,
            Arm = "aaaaaaaa",
            Symbol = symbol,
            StrategyType = StrategyType.TrailingStop,
            Quantity = 10,
            TrailingStopPct = 5,
            CreatedAt = Now,
            UpdatedAt = Now,
        };

    // Half of a surrogate pair is no text.
    private static string Whole(string text) =>
        string.Concat(text.EnumerateRunes().Select(rune => rune.ToString())).Replace("\ufffd", "", StringComparison.Ordinal);
}
