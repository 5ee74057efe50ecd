using System.Globalization;

namespace KafkaBridge.Wire.Values;

/// <summary>
/// float4 and float8 to and from PostgreSQL's text: the shortest digits that give the same value, an exponent of two
/// digits at least, and only below 1e-04 or from 1e+06 (float4) and 1e+15 (float8).
/// </summary>
static class PostgresFloat
{
    /// <summary>More than any of the texts below.</summary>
    public const int LongestText = 40;

    /// <summary>
    /// 9 and 17 digits, which always suffice. .NET's shortest text of some powers of two is another value's (measured on .NET
    /// 10 with 2^-25: 2.980232238769531E-08), so what is written is read again.
    /// </summary>
    const string AllSingleDigits = "E8";
    const string AllDoubleDigits = "E16";

    const int LeastFixed = -4;
    const int SingleScientific = 6;
    const int DoubleScientific = 15;

    public static bool TryParse(ReadOnlySpan<byte> text, out float value) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);

    public static bool TryParse(ReadOnlySpan<byte> text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);

    public static int Format(float value, Span<byte> text)
    {
        value.TryFormat(text, out var length, default, CultureInfo.InvariantCulture);
        if (float.IsFinite(value) && !(TryParse(text[..length], out float back) && back == value))
        {
            value.TryFormat(text, out length, AllSingleDigits, CultureInfo.InvariantCulture);
        }

        return float.IsFinite(value) ? Shape(text, length, SingleScientific) : length;
    }

    public static int Format(double value, Span<byte> text)
    {
        value.TryFormat(text, out var length, default, CultureInfo.InvariantCulture);
        if (double.IsFinite(value) && !(TryParse(text[..length], out double back) && back == value))
        {
            value.TryFormat(text, out length, AllDoubleDigits, CultureInfo.InvariantCulture);
        }

        return double.IsFinite(value) ? Shape(text, length, DoubleScientific) : length;
    }

    /// <summary>Takes the sign, digits and exponent of .NET's shortest text and writes them again as PostgreSQL does.</summary>
    static int Shape(Span<byte> text, int length, int scientific)
    {
        Span<byte> digits = stackalloc byte[LongestText];
        var count = 0;
        var point = 0; // digits before the point, counted from the first digit kept; negative below 0.1
        var seenPoint = false;
        var exponent = 0;
        var start = text[0] == '-' ? 1 : 0;
        for (var i = start; i < length; i++)
        {
            if (text[i] == 'E')
            {
                var skip = text[i + 1] == '+' ? 2 : 1;
                exponent = int.Parse(text[(i + skip)..length], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
                break;
            }

            if (text[i] == '.')
            {
                seenPoint = true;
            }
            else if (count > 0 || text[i] != '0')
            {
                digits[count++] = text[i];
                point += seenPoint ? 0 : 1;
            }
            else if (seenPoint)
            {
                point--;
            }
        }

        while (count > 0 && digits[count - 1] == '0')
        {
            count--;
        }

        var used = start;
        if (count == 0)
        {
            text[used++] = (byte)'0';
            return used;
        }

        point += exponent;
        var power = point - 1;
        return power < LeastFixed || power >= scientific
            ? Scientific(text, used, digits[..count], power)
            : Fixed(text, used, digits[..count], point);
    }

    static int Scientific(Span<byte> text, int used, ReadOnlySpan<byte> digits, int power)
    {
        text[used++] = digits[0];
        if (digits.Length > 1)
        {
            text[used++] = (byte)'.';
            digits[1..].CopyTo(text[used..]);
            used += digits.Length - 1;
        }

        text[used++] = (byte)'e';
        text[used++] = power < 0 ? (byte)'-' : (byte)'+';
        Math.Abs(power).TryFormat(text[used..], out var length, "00", CultureInfo.InvariantCulture);
        return used + length;
    }

    static int Fixed(Span<byte> text, int used, ReadOnlySpan<byte> digits, int point)
    {
        if (point <= 0)
        {
            "0."u8.CopyTo(text[used..]);
            used += 2;
            text.Slice(used, -point).Fill((byte)'0');
            used += -point;
            digits.CopyTo(text[used..]);
            return used + digits.Length;
        }

        var whole = Math.Min(point, digits.Length);
        digits[..whole].CopyTo(text[used..]);
        used += whole;
        text.Slice(used, point - whole).Fill((byte)'0');
        used += point - whole;
        if (digits.Length > whole)
        {
            text[used++] = (byte)'.';
            digits[whole..].CopyTo(text[used..]);
            used += digits.Length - whole;
        }

        return used;
    }
}
