using KafkaBridge.Changes;
using KafkaBridge.Postgres;
using KafkaBridge.Wire;

namespace KafkaBridge.Apply.Applying;

/// <summary>
/// Puts a record's values into the target table's column order, by name, as a literal of the table's row type.
/// A target column that the record doesn't have is left alone on update and null on insert, so it must allow that.
/// </summary>
sealed class RowMapping
{
    readonly int[] sources; // per target column: the record's column, -1: not in the record, -2: generated here
    readonly int[]? keys; // the record's columns that tell a row from all others; null: none do

    RowMapping(int[] sources, int[]? keys) => (this.sources, this.keys) = (sources, keys);

    /// <summary>The record has the table's columns, no more and no less.</summary>
    public static bool Fits(IReadOnlyList<WireColumn> columns, TableDefinition table) =>
        table.Columns.Where(column => !column.IsGenerated).All(column => Find(columns, column.Name) >= 0)
        && columns.All(column => table.Columns.Any(target => target.Name == column.Name));

    /// <exception cref="UnfitChangeException">A column has no place here, or this table has one that must have a value.</exception>
    public static RowMapping Between(IReadOnlyList<WireColumn> columns, TableDefinition table)
    {
        foreach (var column in columns)
        {
            if (table.Columns.All(target => target.Name != column.Name))
            {
                throw new UnfitChangeException(
                    $"table {table.Name} has no column {column.Name} ({column.TypeName}) here, but the change has one. Add the column "
                        + "here");
            }
        }

        var sources = new int[table.Columns.Count];
        for (var i = 0; i < sources.Length; i++)
        {
            var target = table.Columns[i];
            sources[i] = target.IsGenerated ? -2 : Find(columns, target.Name);
            if (sources[i] == -1 && (target.IsKey || target.IsNotNull || target.HasDefault))
            {
                throw new UnfitChangeException(
                    $"table {table.Name} has a column {target.Name} here that the change doesn't have, and it is not nullable or has "
                        + "a default. "
                    + "Drop its default and NOT NULL here until the changes from before it are through");
            }
        }

        return new RowMapping(sources, Keys(sources, table));
    }

    /// <summary>
    /// What tells changes of one row for two sessions; null: the table has other unique values too, or a key whose values
    /// may be equal and written differently.
    /// </summary>
    public int? KeyHash(ColumnValue[] values)
    {
        if (keys is null)
        {
            return null;
        }

        var hash = default(HashCode);
        foreach (var key in keys)
        {
            hash.Add(values[key]);
        }

        return hash.ToHashCode();
    }

    /// <summary>
    /// The row as a composite literal in UTF-8: every value in quotes, null as nothing. Made in place: a value may be large.
    /// </summary>
    public byte[] Row(ColumnValue[] values)
    {
        var length = "()".Length + Math.Max(0, sources.Length - 1);
        foreach (var source in sources)
        {
            if (source >= 0 && values[source] is { Kind: ColumnValueKind.Text } value)
            {
                length += "\"\"".Length + value.Text.Length + Escapes(value.Text.Span);
            }
        }

        var row = GC.AllocateUninitializedArray<byte>(length);
        row[0] = (byte)'(';
        var at = 1;
        for (var i = 0; i < sources.Length; i++)
        {
            if (i > 0)
            {
                row[at++] = (byte)',';
            }

            if (sources[i] >= 0 && values[sources[i]] is { Kind: ColumnValueKind.Text } value)
            {
                row[at++] = (byte)'"';
                at += WriteEscaped(value.Text.Span, row.AsSpan(at));
                row[at++] = (byte)'"';
            }
        }

        row[at] = (byte)')';
        return row;
    }

    /// <summary>Per target column 0: take the value, 1: unchanged at the writer, 2: not in the record. Null where all are 0.</summary>
    public string? Unchanged(ColumnValue[] values)
    {
        if (!sources.Contains(-1) && Array.TrueForAll(values, value => value.Kind != ColumnValueKind.Unchanged))
        {
            return null;
        }

        return string.Create(sources.Length, (sources, values), static (mask, state) =>
        {
            for (var i = 0; i < mask.Length; i++)
            {
                mask[i] = state.sources[i] switch
                {
                    -1 => '2',
                    >= 0 when state.values[state.sources[i]].Kind == ColumnValueKind.Unchanged => '1',
                    _ => '0',
                };
            }
        });
    }

    static int[]? Keys(int[] sources, TableDefinition table)
    {
        if (table.Claims.Count > 0 || table.KeyColumns.Any(column => !column.IsEqualAsText))
        {
            return null;
        }

        return [.. sources.Where((source, i) => source >= 0 && (table.Columns[i].IsKey || !table.HasKey))];
    }

    static int Escapes(ReadOnlySpan<byte> value) => value.Count((byte)'"') + value.Count((byte)'\\');

    /// <summary>A backslash before each quote and backslash: read alike in a literal and, without the brackets, by COPY.</summary>
    static int WriteEscaped(ReadOnlySpan<byte> value, Span<byte> target)
    {
        var at = 0;
        for (int next; (next = value.IndexOfAny((byte)'"', (byte)'\\')) >= 0; value = value[(next + 1)..])
        {
            value[..next].CopyTo(target[at..]);
            at += next;
            target[at++] = (byte)'\\';
            target[at++] = value[next];
        }

        value.CopyTo(target[at..]);
        return at + value.Length;
    }

    static int Find(IReadOnlyList<WireColumn> columns, string name)
    {
        for (var i = 0; i < columns.Count; i++)
        {
            if (columns[i].Name == name)
            {
                return i;
            }
        }

        return -1;
    }
}
