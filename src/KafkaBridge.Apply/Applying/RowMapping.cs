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
    /// <summary>
    /// boolean, bytea, bigint, smallint, integer, text, oid, date, varchar, uuid: values of one type are equal where their
    /// texts are.
    /// </summary>
    static readonly HashSet<uint> EqualAsText = [16, 17, 20, 21, 23, 25, 26, 1082, 1043, 2950];

    readonly int[] sources; // per target column: the record's column, -1: not in the record, -2: generated here
    readonly int[]? keys; // the record's columns that tell a row from all others; null: none do

    RowMapping(int[] sources, int[]? keys) => (this.sources, this.keys) = (sources, keys);

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

    /// <summary>The row as a composite literal: every value in quotes, null as nothing.</summary>
    public string Row(ColumnValue[] values)
    {
        var text = new StringBuilder("(");
        for (var i = 0; i < sources.Length; i++)
        {
            if (i > 0)
            {
                text.Append(',');
            }

            if (sources[i] >= 0 && values[sources[i]] is { Kind: ColumnValueKind.Text } value)
            {
                text.Append('"');
                foreach (var letter in Encoding.UTF8.GetString(value.Text.Span))
                {
                    if (letter is '"' or '\\')
                    {
                        text.Append(letter);
                    }

                    text.Append(letter);
                }

                text.Append('"');
            }
        }

        return text.Append(')').ToString();
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
        if (table.UniqueIndexes.Count > 0 || table.KeyColumns.Any(column => !IsEqualAsText(column)))
        {
            return null;
        }

        return [.. sources.Where((source, i) => source >= 0 && (table.Columns[i].IsKey || !table.HasKey))];
    }

    static bool IsEqualAsText(ColumnDefinition column) =>
        EqualAsText.Contains(column.TypeOid) && column.Collation is null or "pg_catalog.\"C\"";

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
