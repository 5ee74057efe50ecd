using System.Globalization;

namespace KafkaBridge.Changes;

/// <summary>A position in one server's write-ahead log. Positions of different servers never compare.</summary>
public readonly record struct Lsn(ulong Value) : IComparable<Lsn>
{
    /// <summary>No WAL record begins at zero.</summary>
    public static readonly Lsn Invalid;

    public int CompareTo(Lsn other) => Value.CompareTo(other.Value);

    public static bool operator <(Lsn left, Lsn right) => left.Value < right.Value;
    public static bool operator >(Lsn left, Lsn right) => left.Value > right.Value;
    public static bool operator <=(Lsn left, Lsn right) => left.Value <= right.Value;
    public static bool operator >=(Lsn left, Lsn right) => left.Value >= right.Value;

    /// <summary>Reads PostgreSQL's form, two hexadecimal halves with a slash: <c>16/B374D848</c>.</summary>
    /// <exception cref="FormatException">The text is not of that form.</exception>
    public static Lsn Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0
            && uint.TryParse(text.AsSpan(0, slash), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var high)
            && uint.TryParse(text.AsSpan(slash + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var low))
        {
            return new Lsn(((ulong)high << 32) | low);
        }

        throw new FormatException($"'{text}' is not a WAL position; the form is 16/B374D848.");
    }

    /// <summary>
    /// An insert position (pg_current_wal_insert_lsn) as everything else names it: at a page's start it is given behind the page's
    /// header, where no record ends. A page's header has 24 bytes, that of a segment's first page 40; segments begin at whole MiB.
    /// </summary>
    public Lsn WithoutPageHeader()
    {
        const ulong Page = 8192;
        const ulong SmallestSegment = 1024 * 1024;
        return Value % SmallestSegment == 40 ? new Lsn(Value - 40) : Value % Page == 24 ? new Lsn(Value - 24) : this;
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(uint)(Value >> 32):X}/{(uint)Value:X}");
}
