using System.Security.Cryptography;
using KafkaBridge.Changes;
using KafkaBridge.Wire;

namespace KafkaBridge.Capture.Publishing;

/// <summary>A row with its largest values taken out, one after the other, to travel in pieces.</summary>
sealed class ChunkedRow
{
    const int NotWorthIt = 128;

    readonly List<ChunkPointer> pointers = [];
    readonly List<ReadOnlyMemory<byte>> values = [];
    readonly int pieceBytes;

    public ChunkedRow(RowRecord record, int pieceBytes)
    {
        this.pieceBytes = pieceBytes;
        Record = record with { Before = (ColumnValue[]?)record.Before?.Clone(), After = (ColumnValue[]?)record.After?.Clone() };
    }

    /// <summary>With a placeholder (unchanged) for each value taken out.</summary>
    public RowRecord Record { get; }

    public IReadOnlyList<ChunkPointer> Pointers => pointers;

    /// <summary>Takes the largest value out that is still in, is longer than this and not of the key.</summary>
    /// <returns>False when none is left that would make the record smaller.</returns>
    public bool TakeLargest(Relation relation, int longerThan = NotWorthIt)
    {
        var (column, inBefore, length) = (-1, false, longerThan);
        foreach (var before in (bool[])[false, true])
        {
            var row = before ? Record.Before : Record.After;
            for (var i = 0; row is not null && i < row.Length; i++)
            {
                if (row[i].Text.Length > length && !relation.Columns[i].IsKey)
                {
                    (column, inBefore, length) = (i, before, row[i].Text.Length);
                }
            }
        }

        if (column < 0)
        {
            return false;
        }

        var from = inBefore ? Record.Before! : Record.After!;
        var text = from[column].Text;
        from[column] = ColumnValue.Unchanged;
        values.Add(text);
        pointers.Add(new ChunkPointer(column, inBefore, length, (length + pieceBytes - 1) / pieceBytes, SHA256.HashData(text.Span)));
        return true;
    }

    /// <summary>All pieces in the order of <see cref="Pointers"/>.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Pieces()
    {
        foreach (var value in values)
        {
            for (var start = 0; start < value.Length; start += pieceBytes)
            {
                yield return value.Slice(start, Math.Min(pieceBytes, value.Length - start));
            }
        }
    }
}
