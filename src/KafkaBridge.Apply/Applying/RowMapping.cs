using System.Text;
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

    /// <summary>The row as a composite literal: every value in quotes, null as nothing. Made in place: a value may be large.</summary>
    public string Row(ColumnValue[] values)
    {
        var length = "()".Length + Math.Max(0, sources.Length - 1);
        foreach (var source in sources)
        {
            if (source >= 0 && values[source] is { Kind: ColumnValueKind.Text } value)
            {
                length += "\"\"".Length + Encoding.UTF8.GetCharCount(value.Text.Span) + Escapes(value.Text.Span);
            }
        }

        return string.Create(length, (sources, values), static (text, row) =>
        {
            text[0] = '(';
            var at = 1;
            for (var i = 0; i < row.sources.Length; i++)
            {
                if (i > 0)
                {
                    text[at++] = ',';
                }

                if (row.sources[i] >= 0 && row.values[row.sources[i]] is { Kind: ColumnValueKind.Text } value)
                {
                    text[at++] = '"';
                    var letters = Encoding.UTF8.GetChars(value.Text.Span, text[at..]);
                    var escaped = letters + Escapes(value.Text.Span);
                    DoubleQuotes(text.Slice(at, escaped), letters);
                    at += escaped;
                    text[at++] = '"';
                }
            }

            text[at] = ')';
        });
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

    /// <summary>Doubles each quote and backslash of the first letters, which then fill the span.</summary>
    static void DoubleQuotes(Span<char> text, int letters)
    {
        for (var (from, to) = (letters - 1, text.Length - 1); from < to; from--)
        {
            text[to--] = text[from];
            if (text[from] is '"' or '\\')
            {
                text[to--] = text[from];
            }
        }
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
