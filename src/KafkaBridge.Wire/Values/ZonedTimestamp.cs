using KafkaBridge.Wire.Avro;

namespace KafkaBridge.Wire.Values;

/// <summary>
/// timestamptz as Debezium writes it, <c>2026-11-21T14:00:00.5Z</c>, from PostgreSQL's <c>2026-11-21 14:00:00.5+00</c>.
/// What isn't of that form (infinity, BC, years above 9999) travels as it is.
/// </summary>
static class ZonedTimestamp
{
    const int DateLength = 10;
    const int WholeLength = 19;
    const int LongestWhole = 26;

    static bool IsPostgres(ReadOnlySpan<byte> text) => text.EndsWith("+00"u8) && IsPlain(text[..^3], (byte)' ');

    static bool IsIso(ReadOnlySpan<byte> text) => text.EndsWith("Z"u8) && IsPlain(text[..^1], (byte)'T');

    public static void Write(ref AvroWriter writer, ReadOnlySpan<byte> text)
    {
        if (!IsPostgres(text))
        {
            writer.WriteBytes(text);
            return;
        }

        writer.WriteLong(text.Length - 2);
        var iso = writer.Append(text.Length - 2);
        text[..^3].CopyTo(iso);
        iso[DateLength] = (byte)'T';
        iso[^1] = (byte)'Z';
    }

    public static ReadOnlyMemory<byte> Read(ReadOnlySpan<byte> text, RowText row)
    {
        if (!IsIso(text))
        {
            return row.Add(text);
        }

        var room = row.Room(text.Length + 2);
        text[..^1].CopyTo(room);
        room[DateLength] = (byte)' ';
        "+00"u8.CopyTo(room[(text.Length - 1)..]);
        return row.Keep(text.Length + 2);
    }

    /// <summary>0000-00-00?00:00:00, perhaps with a fraction.</summary>
    static bool IsPlain(ReadOnlySpan<byte> text, byte separator)
    {
        if (text.Length is < WholeLength or WholeLength + 1 or > LongestWhole)
        {
            return false;
        }

        for (var i = 0; i < text.Length; i++)
        {
            var expected = i switch
            {
                4 or 7 => (byte)'-',
                DateLength => separator,
                13 or 16 => (byte)':',
                WholeLength => (byte)'.',
                _ => (byte)'0',
            };
            if (expected == '0' ? !char.IsAsciiDigit((char)text[i]) : text[i] != expected)
            {
                return false;
            }
        }

        return true;
    }
}
