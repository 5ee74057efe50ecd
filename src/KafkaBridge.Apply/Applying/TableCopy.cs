using KafkaBridge.Apply.Sql;
using KafkaBridge.Postgres;
using Npgsql;

namespace KafkaBridge.Apply.Applying;

/// <summary>Writes a large transaction's inserts by COPY: a third of what a statement costs that asks for each key.</summary>
sealed class TableCopy(NpgsqlConnection connection, IReadOnlyList<TableDefinition> tables)
{
    byte[] buffer = [];

    public readonly record struct Rows(TableSql Table, byte[][] Literals);

    /// <summary>In the open transaction, while no other session may write the same rows.</summary>
    /// <returns>
    /// The rows by table, of changes that are nothing but inserts, enough for each table, of keys of which nothing can be known here;
    /// else null. They may be written in any order: each is another row, and foreign keys are not checked.
    /// </returns>
    public async Task<IReadOnlyList<Rows>?> ChooseAsync(IReadOnlyList<TargetChange> changes, CancellationToken ct)
    {
        if (changes.Count < Limits.CopyRows || changes.Any(change => change is not { Op: 'c', Row: not null, Unchanged: null }))
        {
            return null;
        }

        var written = changes.GroupBy(change => change.Table)
            .Select(group => new Rows(new TableSql(tables[group.Key - 1]), [.. group.Select(change => change.Row!)])).ToArray();
        foreach (var (table, rows) in written)
        {
            if (rows.Length < Limits.CopyRows || !CopySql.Suits(table)
                || await connection.ScalarAsync(CopySql.IsAllowed(table), ct) is not true)
            {
                return null;
            }
        }

        return written;
    }

    /// <exception cref="PostgresException">A row is in the way, or wrong: the transaction is over.</exception>
    public async Task WriteAsync(Rows rows, CancellationToken ct)
    {
        buffer = buffer.Length > 0 ? buffer : new byte[Limits.CopyBytes];
        var import = await connection.BeginTextImportAsync(CopySql.Copy(rows.Table), ct);
        var stream = ((StreamWriter)import).BaseStream;
        var filled = 0;
        foreach (var row in rows.Literals)
        {
            var line = row.AsMemory(1, row.Length - 2);
            if (filled + line.Length + 1 > buffer.Length)
            {
                await stream.WriteAsync(buffer.AsMemory(0, filled), ct);
                filled = 0;
            }

            if (line.Length + 1 > buffer.Length)
            {
                await stream.WriteAsync(line, ct);
            }
            else
            {
                line.CopyTo(buffer.AsMemory(filled));
                filled += line.Length;
            }

            buffer[filled++] = (byte)'\n';
        }

        await stream.WriteAsync(buffer.AsMemory(0, filled), ct);
        await import.DisposeAsync(); // the server's answer; where anything failed before, the session is thrown away
    }
}
