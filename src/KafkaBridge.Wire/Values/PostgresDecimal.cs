using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace KafkaBridge.Wire.Values;

/// <summary>
/// numeric(p,s) to and from Connect's Decimal: the number without its point as big-endian two's complement. Taken only
/// where the text has exactly s digits after the point, so that it comes back byte for byte; NaN isn't.
/// </summary>
static class PostgresDecimal
{
    /// <summary>Of any numeric(p,s): p is 1000 at most, some 416 bytes.</summary>
    public const int LongestBytes = 512;

    const int MaxPrecision = 1000;
    const int LongDigits = 18;

    /// <summary>Of any number in <see cref="LongestBytes"/>.</summary>
    const int LongestDigits = 1240;

    /// <summary>
    /// The precision and scale of a column that has a Decimal's; PostgreSQL's other scales, below 0 or above p, are
    /// none of Avro's.
    /// </summary>
    public static (int Precision, int Scale)? Shape(int typeModifier)
    {
        if (typeModifier < 4)
        {
            return null;
        }

        var precision = (typeModifier - 4) >> 16;
        var scale = (((typeModifier - 4) & 0x7ff) ^ 1024) - 1024;
        return scale >= 0 && scale <= precision && precision is > 0 and <= MaxPrecision ? (precision, scale) : null;
    }

    public static bool IsScale(int scale) => scale is >= 0 and <= MaxPrecision;

    public static bool TryParse(ReadOnlySpan<byte> text, int scale, Span<byte> output, out int length)
    {
        length = 0;
        var negative = text.StartsWith("-"u8);
        var plain = negative ? text[1..] : text;
        var whole = scale == 0 ? plain.Length : plain.Length - scale - 1;
        if (whole < 1 || plain.Length > MaxPrecision + 1 || (whole > 1 && plain[0] == '0') || (scale > 0 && plain[whole] != '.')
            || plain[..whole].ContainsAnyExceptInRange((byte)'0', (byte)'9')
            || (scale > 0 && plain[(whole + 1)..].ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            || (negative && !plain.ContainsAnyInRange((byte)'1', (byte)'9')))
        {
            return false;
        }

        Span<char> digits = stackalloc char[MaxPrecision + 1];
        var count = 0;
        foreach (var part in plain)
        {
            if (part != '.')
            {
                digits[count++] = (char)part;
            }
        }

        if (count <= LongDigits)
        {
            var number = long.Parse(digits[..count], NumberStyles.None, CultureInfo.InvariantCulture);
            length = Write(negative ? -number : number, output);
            return true;
        }

        var big = BigInteger.Parse(digits[..count], NumberStyles.None, CultureInfo.InvariantCulture);
        return (negative ? -big : big).TryWriteBytes(output, out length, isBigEndian: true);
    }

    /// <exception cref="WireException">No number, or one longer than any numeric(p,s).</exception>
    public static ReadOnlyMemory<byte> Read(ReadOnlySpan<byte> bytes, int scale, RowText row)
    {
        if (bytes.IsEmpty || bytes.Length > LongestBytes)
        {
            throw new WireException("A decimal has no bytes, or more than any numeric(p,s): damaged, or not of this schema.");
        }

        Span<byte> digits = stackalloc byte[LongestDigits];
        int count;
        var negative = bytes[0] >= 0x80;
        if (bytes.Length <= sizeof(long))
        {
            var number = negative ? -1L : 0;
            foreach (var part in bytes)
            {
                number = (number << 8) | part;
            }

            (negative ? 0UL - (ulong)number : (ulong)number).TryFormat(digits, out count, default, CultureInfo.InvariantCulture);
        }
        else
        {
            var text = BigInteger.Abs(new BigInteger(bytes, isBigEndian: true)).ToString(CultureInfo.InvariantCulture);
            count = Encoding.ASCII.GetBytes(text, digits);
        }

        return Point(digits[..count], negative, scale, row);
    }

    static ReadOnlyMemory<byte> Point(ReadOnlySpan<byte> digits, bool negative, int scale, RowText row)
    {
        var zeros = Math.Max(0, scale + 1 - digits.Length);
        var whole = digits.Length + zeros - scale;
        var text = row.Room(digits.Length + zeros + 2);
        var used = 0;
        if (negative)
        {
            text[used++] = (byte)'-';
        }

        for (var i = 0; i < digits.Length + zeros; i++)
        {
            if (i == whole)
            {
                text[used++] = (byte)'.';
            }

            text[used++] = i < zeros ? (byte)'0' : digits[i - zeros];
        }

        return row.Keep(used);
    }

    /// <summary>In the fewest bytes, as Java's BigInteger.</summary>
    static int Write(long number, Span<byte> output)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        var start = 0;
        while (start < sizeof(long) - 1
            && ((bytes[start] == 0 && bytes[start + 1] < 0x80) || (bytes[start] == 0xff && bytes[start + 1] >= 0x80)))
        {
            start++;
        }

        bytes[start..].CopyTo(output);
        return sizeof(long) - start;
    }
}
