using System.Globalization;
using System.Numerics;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.Apply.Folding;

/// <summary>
/// Puts one write of a column (what its writer found, what he left) onto the column's present value. Values are
/// PostgreSQL's texts. A function of the three, so every node comes to the same.
/// </summary>
static class ColumnMerge
{
    /// <param name="old">What the writer found; null: NULL, as everywhere here.</param>
    public static string? Merge(ColumnRule rule, string? old, string? present, string? next) => rule switch
    {
        ColumnRule.Delta => Delta(old, present, next),
        ColumnRule.Max => Greatest(present, next, 1),
        ColumnRule.Min => Greatest(present, next, -1),
        ColumnRule.SetUnion => next is null ? present : present is null ? next : ArrayText.Union(present, next),
        ColumnRule.TextMerge when old is not null && present is not null && next is not null => TextMerge.Merge(old, present, next),
        ColumnRule.JsonMerge when old is not null && present is not null && next is not null => JsonMerge.Merge(old, present, next),
        _ => next,
    };

    /// <summary>A NULL counts as 0; what is no number (NaN, Infinity) stands as it was written last.</summary>
    static string? Delta(string? old, string? present, string? next) =>
        Number(old ?? "0") is { } before && Number(present ?? "0") is { } standing && Number(next ?? "0") is { } after
            ? Text(Add(Add(standing, after), (-before.Digits, before.Scale)))
            : next;

    /// <summary>NULL is less than everything for max and more than everything for min: it never takes a value's place.</summary>
    static string? Greatest(string? present, string? next, int sign) =>
        present is null ? next : next is null || Compare(present, next) * sign >= 0 ? present : next;

    /// <summary>Numbers by value; dates and times, whose texts of one year length are in their order, by their text.</summary>
    static int Compare(string one, string other)
    {
        if (Number(one) is { } left && Number(other) is { } right)
        {
            return Add(left, (-right.Digits, right.Scale)).Digits.Sign;
        }

        return Rank(one) is var rank && rank != Rank(other) ? rank.CompareTo(Rank(other)) : CompareTimes(one, other);
    }

    /// <summary>As PostgreSQL has it: NaN above infinity, infinity above all numbers and times.</summary>
    static int Rank(string value) => value switch { "-Infinity" or "-infinity" => -1, "Infinity" or "infinity" => 1, "NaN" => 2, _ => 0 };

    /// <summary>Later years have more digits, and what was before Christ counts backwards.</summary>
    static int CompareTimes(string one, string other)
    {
        var (isOneBefore, isOtherBefore) = (one.EndsWith(" BC", StringComparison.Ordinal), other.EndsWith(" BC", StringComparison.Ordinal));
        if (isOneBefore != isOtherBefore)
        {
            return isOneBefore ? -1 : 1;
        }

        var (year, otherYear) = (Year(one), Year(other));
        return year != otherYear
            ? isOneBefore ? otherYear.CompareTo(year) : year.CompareTo(otherYear)
            : string.CompareOrdinal(one, other);
    }

    static int Year(string time) => int.Parse(time.AsSpan(0, time.IndexOf('-', StringComparison.Ordinal)), CultureInfo.InvariantCulture);

    /// <summary>Digits × 10^−Scale.</summary>
    static (BigInteger Digits, int Scale)? Number(string text)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var digits = point < 0 ? text : text.Remove(point, 1);
        return BigInteger.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? (number, point < 0 ? 0 : text.Length - point - 1)
            : null;
    }

    static (BigInteger Digits, int Scale) Add((BigInteger Digits, int Scale) one, (BigInteger Digits, int Scale) other)
    {
        var scale = Math.Max(one.Scale, other.Scale);
        return (Scaled(one, scale) + Scaled(other, scale), scale);
    }

    static BigInteger Scaled((BigInteger Digits, int Scale) number, int scale) =>
        number.Digits * BigInteger.Pow(10, scale - number.Scale);

    static string Text((BigInteger Digits, int Scale) number)
    {
        var digits = BigInteger.Abs(number.Digits).ToString(CultureInfo.InvariantCulture).PadLeft(number.Scale + 1, '0');
        var sign = number.Digits.Sign < 0 ? "-" : "";
        return number.Scale == 0 ? sign + digits : $"{sign}{digits[..^number.Scale]}.{digits[^number.Scale..]}";
    }
}
