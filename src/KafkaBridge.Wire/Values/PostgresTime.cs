using System.Buffers.Text;
using System.Globalization;

namespace KafkaBridge.Wire.Values;

/// <summary>
/// date, time, timestamp and timestamptz to and from PostgreSQL's text (DateStyle ISO, TimeZone UTC), over its whole range:
/// years before Christ and above 9999, infinities, 24:00:00. A text that wouldn't come back byte for byte isn't taken.
/// </summary>
static class PostgresTime
{
    /// <summary>More than any of the texts below.</summary>
    public const int LongestText = 40;

    const long Second = 1_000_000;
    const long Minute = 60 * Second;
    const long Hour = 60 * Minute;
    const long Day = 24 * Hour;
    const int FractionDigits = 6;
    const long DaysTo2000 = 10957;
    const long To2000 = DaysTo2000 * Day;

    /// <summary>From here on no microseconds since 1970 fit 64 bits, or infinity's value would be taken.</summary>
    const long Beyond = long.MaxValue - To2000;

    /// <summary>Far more than <see cref="Beyond"/> has, far less than up to 4713 BC.</summary>
    const long BeyondSpan = 1L << 51;

    public static bool TryParseDate(ReadOnlySpan<byte> text, out int days)
    {
        if (Special(text) is var special and not 0)
        {
            days = special > 0 ? int.MaxValue : int.MinValue;
            return true;
        }

        var beforeChrist = text.EndsWith(" BC"u8);
        var ok = TryReadDate(beforeChrist ? text[..^3] : text, beforeChrist, out var read, out var used);
        days = (int)read;
        Span<byte> again = stackalloc byte[LongestText];
        return ok && used == text.Length - (beforeChrist ? 3 : 0) && again[..FormatDate(days, again)].SequenceEqual(text);
    }

    public static bool TryParseTimestamp(ReadOnlySpan<byte> text, out long microseconds)
    {
        if (Special(text) is var special and not 0)
        {
            microseconds = special > 0 ? long.MaxValue : long.MinValue;
            return true;
        }

        microseconds = 0;
        var beforeChrist = text.EndsWith(" BC"u8);
        var rest = beforeChrist ? text[..^3] : text;
        if (!TryReadDate(rest, beforeChrist, out var days, out var used) || used + 1 >= rest.Length || rest[used] != ' '
            || !TryReadTime(rest[(used + 1)..], out var time))
        {
            return false;
        }

        microseconds = Unix(((days - DaysTo2000) * Day) + time);
        Span<byte> again = stackalloc byte[LongestText];
        return again[..FormatTimestamp(microseconds, again)].SequenceEqual(text);
    }

    public static bool TryParseTime(ReadOnlySpan<byte> text, out long microseconds)
    {
        Span<byte> again = stackalloc byte[LongestText];
        return TryReadTime(text, out microseconds) && microseconds <= Day && again[..FormatTime(microseconds, again)].SequenceEqual(text);
    }

    public static int FormatDate(int days, Span<byte> text)
    {
        if (days is int.MaxValue or int.MinValue)
        {
            return Infinity(days > 0, text);
        }

        var used = WriteDate(days, text, out var beforeChrist);
        return used + BeforeChrist(beforeChrist, text[used..]);
    }

    public static int FormatTimestamp(long microseconds, Span<byte> text)
    {
        if (microseconds is long.MaxValue or long.MinValue)
        {
            return Infinity(microseconds > 0, text);
        }

        var days = Math.DivRem(SinceTwoThousand(microseconds), Day, out var time);
        if (time < 0)
        {
            days--;
            time += Day;
        }

        var used = WriteDate(days + DaysTo2000, text, out var beforeChrist);
        text[used++] = (byte)' ';
        used += FormatTime(time, text[used..]);
        return used + BeforeChrist(beforeChrist, text[used..]);
    }

    /// <exception cref="WireException">No time of day.</exception>
    public static int FormatTime(long microseconds, Span<byte> text)
    {
        if (microseconds is < 0 or > Day)
        {
            throw new WireException("A time of day is below 0 or above 24 hours: damaged, or not of this schema.");
        }

        Two(microseconds / Hour, text);
        text[2] = (byte)':';
        Two(microseconds / Minute % 60, text[3..]);
        text[5] = (byte)':';
        Two(microseconds / Second % 60, text[6..]);
        var fraction = microseconds % Second;
        if (fraction == 0)
        {
            return 8;
        }

        text[8] = (byte)'.';
        fraction.TryFormat(text[9..], out _, "000000", CultureInfo.InvariantCulture);
        var used = 9 + FractionDigits;
        while (text[used - 1] == '0')
        {
            used--;
        }

        return used;
    }

    /// <summary>
    /// From PostgreSQL's epoch to 1970's. PostgreSQL's last 30 years, up to 294276, follow on -infinity, where no date is.
    /// </summary>
    static long Unix(long since2000) => since2000 < Beyond ? since2000 + To2000 : since2000 - Beyond + long.MinValue + 1;

    static long SinceTwoThousand(long unix) => unix < long.MinValue + BeyondSpan ? unix - long.MinValue - 1 + Beyond : unix - To2000;

    static int Special(ReadOnlySpan<byte> text) => text.SequenceEqual("infinity"u8) ? 1 : text.SequenceEqual("-infinity"u8) ? -1 : 0;

    static int Infinity(bool positive, Span<byte> text)
    {
        var word = positive ? "infinity"u8 : "-infinity"u8;
        word.CopyTo(text);
        return word.Length;
    }

    static int BeforeChrist(bool beforeChrist, Span<byte> text)
    {
        if (!beforeChrist)
        {
            return 0;
        }

        " BC"u8.CopyTo(text);
        return 3;
    }

    static void Two(long number, Span<byte> text)
    {
        text[0] = (byte)('0' + (number / 10));
        text[1] = (byte)('0' + (number % 10));
    }

    static bool TryReadDate(ReadOnlySpan<byte> text, bool beforeChrist, out long days, out int used)
    {
        days = 0;
        used = 0;
        if (!Utf8Parser.TryParse(text, out uint year, out var digits) || digits is < 4 or > 7 || text.Length < digits + 6
            || text[digits] != '-' || text[digits + 3] != '-'
            || !TryReadTwo(text[(digits + 1)..], out var month) || !TryReadTwo(text[(digits + 4)..], out var day)
            || month is < 1 or > 12)
        {
            return false;
        }

        used = digits + 6;
        days = DaysOf(beforeChrist ? 1 - (long)year : year, month, day);
        return true;
    }

    static bool TryReadTime(ReadOnlySpan<byte> text, out long microseconds)
    {
        microseconds = 0;
        if (text.Length < 8 || text[2] != ':' || text[5] != ':'
            || !TryReadTwo(text, out var hour) || !TryReadTwo(text[3..], out var minute) || !TryReadTwo(text[6..], out var second))
        {
            return false;
        }

        microseconds = (hour * Hour) + (minute * Minute) + (second * Second);
        if (text.Length == 8)
        {
            return true;
        }

        if (text[8] != '.' || text.Length is < 10 or > 9 + FractionDigits
            || !Utf8Parser.TryParse(text[9..], out uint fraction, out var digits) || digits != text.Length - 9)
        {
            return false;
        }

        long scaled = fraction;
        for (; digits < FractionDigits; digits++)
        {
            scaled *= 10;
        }

        microseconds += scaled;
        return true;
    }

    static bool TryReadTwo(ReadOnlySpan<byte> text, out int number)
    {
        number = ((text[0] - '0') * 10) + text[1] - '0';
        return char.IsAsciiDigit((char)text[0]) && char.IsAsciiDigit((char)text[1]);
    }

    /// <summary>
    /// Days since 1970 of a proleptic Gregorian date; years count through 0. Eras of 400 years begin in March, so
    /// that the leap day is last.
    /// </summary>
    static long DaysOf(long year, int month, int day)
    {
        year -= month <= 2 ? 1 : 0;
        var era = (year >= 0 ? year : year - 399) / 400;
        var yearOfEra = year - (era * 400);
        var dayOfYear = (((153 * (month + (month > 2 ? -3 : 9))) + 2) / 5) + day - 1;
        var dayOfEra = (yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100) + dayOfYear;
        return (era * 146097) + dayOfEra - 719468;
    }

    static int WriteDate(long days, Span<byte> text, out bool beforeChrist)
    {
        days += 719468;
        var era = (days >= 0 ? days : days - 146096) / 146097;
        var dayOfEra = days - (era * 146097);
        var yearOfEra = (dayOfEra - (dayOfEra / 1460) + (dayOfEra / 36524) - (dayOfEra / 146096)) / 365;
        var dayOfYear = dayOfEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        var shifted = ((5 * dayOfYear) + 2) / 153;
        var day = dayOfYear - (((153 * shifted) + 2) / 5) + 1;
        var month = shifted < 10 ? shifted + 3 : shifted - 9;
        var year = yearOfEra + (era * 400) + (month <= 2 ? 1 : 0);
        beforeChrist = year <= 0;
        (beforeChrist ? 1 - year : year).TryFormat(text, out var used, "0000", CultureInfo.InvariantCulture);
        text[used++] = (byte)'-';
        Two(month, text[used..]);
        text[used + 2] = (byte)'-';
        Two(day, text[(used + 3)..]);
        return used + 5;
    }
}
