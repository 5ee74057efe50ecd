using System.Buffers;
using System.Buffers.Text;
using KafkaBridge.Wire.Avro;

namespace KafkaBridge.Wire.Values;

/// <summary>
/// PostgreSQL's text to Avro's typed values and back. What comes back is byte for byte what went in, but that a float
/// may be spelled otherwise.
/// </summary>
static class ValueForm
{
    static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdef"u8);

    /// <summary>False: the text is not what PostgreSQL writes for the type under our settings; nothing is written.</summary>
    public static bool TryWrite(ref AvroWriter writer, ColumnForm form, ReadOnlySpan<byte> text)
    {
        switch (form)
        {
            case ColumnForm.Boolean when text is [(byte)'t' or (byte)'f']:
                writer.WriteBoolean(text[0] == 't');
                return true;
            case ColumnForm.Int when Utf8Parser.TryParse(text, out int number, out var read) && read == text.Length:
                writer.WriteLong(number);
                return true;
            case ColumnForm.Long when Utf8Parser.TryParse(text, out long number, out var read) && read == text.Length:
                writer.WriteLong(number);
                return true;
            case ColumnForm.Float when PostgresFloat.TryParse(text, out float number):
                writer.WriteFloat(number);
                return true;
            case ColumnForm.Double when PostgresFloat.TryParse(text, out double number):
                writer.WriteDouble(number);
                return true;
            case ColumnForm.Bytes:
                return TryWriteBytes(ref writer, text);
            case ColumnForm.Date when PostgresTime.TryParseDate(text, out var days):
                writer.WriteLong(days);
                return true;
            case ColumnForm.Time when PostgresTime.TryParseTime(text, out var microseconds):
                writer.WriteLong(microseconds);
                return true;
            case ColumnForm.Timestamp when PostgresTime.TryParseTimestamp(text, out var microseconds):
                writer.WriteLong(microseconds);
                return true;
            case ColumnForm.ZonedTimestamp:
                ZonedTimestamp.Write(ref writer, text);
                return true;
            default:
                return false;
        }
    }

    public static ReadOnlyMemory<byte> Read(ref AvroReader reader, ColumnForm form, RowText row)
    {
        switch (form)
        {
            case ColumnForm.Boolean:
                return row.Add(reader.ReadBoolean() ? "t"u8 : "f"u8);
            case ColumnForm.Int:
                return row.Add(reader.ReadInt());
            case ColumnForm.Long:
                return row.Add(reader.ReadLong());
            case ColumnForm.Float:
                return row.Keep(PostgresFloat.Format(reader.ReadFloat(), row.Room(PostgresFloat.LongestText)));
            case ColumnForm.Double:
                return row.Keep(PostgresFloat.Format(reader.ReadDouble(), row.Room(PostgresFloat.LongestText)));
            case ColumnForm.Bytes:
                return row.AddHex(reader.ReadBytes());
            case ColumnForm.Date:
                return row.Keep(PostgresTime.FormatDate(reader.ReadInt(), row.Room(PostgresTime.LongestText)));
            case ColumnForm.Time:
                return row.Keep(PostgresTime.FormatTime(reader.ReadLong(), row.Room(PostgresTime.LongestText)));
            case ColumnForm.Timestamp:
                return row.Keep(PostgresTime.FormatTimestamp(reader.ReadLong(), row.Room(PostgresTime.LongestText)));
            case ColumnForm.ZonedTimestamp:
                return ZonedTimestamp.Read(reader.ReadBytes(), row);
            default:
                return row.Add(reader.ReadBytes());
        }
    }

    static bool TryWriteBytes(ref AvroWriter writer, ReadOnlySpan<byte> text)
    {
        if (!text.StartsWith("\\x"u8) || text.Length % 2 != 0 || text[2..].ContainsAnyExcept(HexDigits))
        {
            return false;
        }

        var length = (text.Length - 2) / 2;
        writer.WriteLong(length);
        Convert.FromHexString(text[2..], writer.Append(length), out _, out _);
        return true;
    }
}
