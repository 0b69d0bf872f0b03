namespace AutoTrader.Brokers.Market;

/// <summary>A time as it is written: <c>yyyy-MM-dd</c> or <c>yyyyMMdd</c>; after <c>T</c>, one or two spaces or a dash <c>HH:mm</c> or
/// <c>HHmm</c>, with or without seconds and a fraction; and a zone.</summary>
internal readonly ref struct TimeForm
{
    private const int TickDigits = 7;
    private const int MostDigits = 9;

    /// <summary>Date and time of day, whose zone the text or the settings name.</summary>
    public DateTime Written { get; private init; }

    /// <summary>Whether there is a time of day.</summary>
    public bool HasClock { get; private init; }

    /// <summary>Whether a dash stands before it.</summary>
    public bool HasDash { get; private init; }

    /// <summary>The zone or offset; empty when none is written.</summary>
    public ReadOnlySpan<char> Zone { get; private init; }

    /// <summary>Reads a text; false when it has another form, or names a time that no calendar has.</summary>
    public static bool TryRead(ReadOnlySpan<char> text, out TimeForm form)
    {
        form = default;
        var rest = text;
        if (!Number(ref rest, 4, out var year))
        {
            return false;
        }

        var isDashed = Skip(ref rest, "-");
        if (
            !Number(ref rest, 2, out var month)
            || (isDashed && !Skip(ref rest, "-"))
            || !Number(ref rest, 2, out var day)
            || year == 0
            || month is < 1 or > 12
            || day < 1
            || day > DateTime.DaysInMonth(year, month)
        )
        {
            return false;
        }

        var date = new DateTime(year, month, day);
        if (rest.IsEmpty)
        {
            form = new() { Written = date };
            return true;
        }

        var hasDash = false;
        if (!Skip(ref rest, "T") && !Skip(ref rest, "  ") && !Skip(ref rest, " ") && !(hasDash = Skip(ref rest, "-")))
        {
            return false;
        }

        if (!Clock(ref rest, out var clock))
        {
            return false;
        }

        Skip(ref rest, " ");
        form = new()
        {
            Written = date + clock,
            HasClock = true,
            HasDash = hasDash,
            Zone = rest,
        };
        return IsZone(rest);
    }

    private static bool Clock(ref ReadOnlySpan<char> rest, out TimeSpan clock)
    {
        clock = default;
        if (!Number(ref rest, 2, out var hour))
        {
            return false;
        }

        var hasColon = Skip(ref rest, ":");
        if (!Number(ref rest, 2, out var minute))
        {
            return false;
        }

        var (second, ticks) = (0, 0L);
        if (hasColon ? Skip(ref rest, ":") : rest is [>= '0' and <= '9', ..])
        {
            if (!Number(ref rest, 2, out second) || (Skip(ref rest, ".") && !Fraction(ref rest, out ticks)))
            {
                return false;
            }
        }

        clock = new TimeSpan(hour, minute, second) + new TimeSpan(ticks);
        return hour < 24 && minute < 60 && second < 60;
    }

    private static bool Fraction(ref ReadOnlySpan<char> rest, out long ticks)
    {
        ticks = 0;
        var digits = 0;
        for (; rest is [>= '0' and <= '9' and var digit, ..]; digits++, rest = rest[1..])
        {
            ticks = digits < TickDigits ? (ticks * 10) + (digit - '0') : ticks;
        }

        for (var i = digits; i < TickDigits; i++)
        {
            ticks *= 10;
        }

        return digits is > 0 and <= MostDigits;
    }

    private static bool IsZone(ReadOnlySpan<char> text)
    {
        if (text is not ['+' or '-', .. var offset])
        {
            return text is "" or "Z" or "UTC" or "GMT" or "Etc/UTC" or "US/Eastern" or "America/New_York";
        }

        var hasHours = Number(ref offset, 2, out _);
        Skip(ref offset, ":");
        return hasHours && Number(ref offset, 2, out _) && offset.IsEmpty;
    }

    private static bool Number(ref ReadOnlySpan<char> rest, int digits, out int number)
    {
        number = 0;
        if (rest.Length < digits)
        {
            return false;
        }

        foreach (var digit in rest[..digits])
        {
            if (!char.IsAsciiDigit(digit))
            {
                return false;
            }

            number = (number * 10) + (digit - '0');
        }

        rest = rest[digits..];
        return true;
    }

    private static bool Skip(ref ReadOnlySpan<char> rest, string text)
    {
        var isThere = rest.StartsWith(text, StringComparison.Ordinal);
        rest = isThere ? rest[text.Length..] : rest;
        return isThere;
    }
}
