using System.Buffers.Text;
using System.Globalization;
using System.Text;
using KafkaBridge.Changes;

namespace KafkaBridge.Wire;

/// <summary>
/// The header that lists the columns of the new row that are unchanged and not in the record: their places in the row, from
/// 0, as decimal text with commas. What stands at those places in the record is a placeholder.
/// </summary>
public static class UnchangedHeader
{
    public const string Name = "kafkabridge.unchanged";

    /// <returns>Null where the row is whole: no header then.</returns>
    public static byte[]? Encode(ReadOnlySpan<ColumnValue> after)
    {
        StringBuilder? text = null;
        for (var i = 0; i < after.Length; i++)
        {
            if (after[i].Kind == ColumnValueKind.Unchanged)
            {
                text = text is null ? new StringBuilder() : text.Append(',');
                text.Append(CultureInfo.InvariantCulture, $"{i}");
            }
        }

        return text is null ? null : Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>Marks the listed columns of a decoded row.</summary>
    /// <exception cref="WireException">Not this header, or of another row.</exception>
    internal static void Apply(ReadOnlySpan<byte> header, ColumnValue[]? row)
    {
        while (!header.IsEmpty)
        {
            if (row is null || !Utf8Parser.TryParse(header, out int column, out var read) || column < 0 || column >= row.Length
                || (read < header.Length && (header[read] != ',' || read + 1 == header.Length)))
            {
                throw new WireException($"The header '{Name}' lists no columns of this record: damaged or not KafkaBridge's.");
            }

            row[column] = ColumnValue.Unchanged;
            header = header[Math.Min(read + 1, header.Length)..];
        }
    }
}
