using System.Buffers;
using System.Text.Json;
using KafkaBridge.Changes;
using KafkaBridge.Postgres;
using KafkaBridge.Wire;
using Npgsql;

namespace KafkaBridge.Rows;

/// <summary>One row's key: its columns with the texts that PostgreSQL itself writes for the values.</summary>
/// <param name="Framed">As a record's key holds it, but for the schema's id.</param>
/// <param name="Schema">The Avro schema that it is encoded by.</param>
/// <param name="IsEqualAsText">No value that is written otherwise is the same key.</param>
internal sealed record RowKey(
    RelationName Table, IReadOnlyList<string> Columns, IReadOnlyList<string> Values, ReadOnlyMemory<byte> Framed, string Schema,
    bool IsEqualAsText)
{
    /// <summary>After the registry's prefix.</summary>
    public ReadOnlySpan<byte> Encoded => Framed.Span[RegistryFraming.Length..];

    /// <summary>As JSON, all values as texts.</summary>
    public override string ToString() =>
        JsonSerializer.Serialize(Columns.Zip(Values).ToDictionary(pair => pair.First, pair => pair.Second), ReadableJson.Line);

    /// <param name="text">A JSON object of the key's columns; of a key with one column its plain value too.</param>
    /// <param name="database">Any node's: it says how the values are written.</param>
    /// <exception cref="StoppedException">The text is no key of the table.</exception>
    public static async Task<RowKey> ParseAsync(
        string text, TableDefinition table, string topic, NodeDatabase database, CancellationToken ct)
    {
        var columns = table.KeyColumns.ToList();
        if (columns.Count == 0)
        {
            throw new StoppedException(
                ExitCode.Usage, "KB1090", $"the table {table.Name} has no key: none of its rows can be told from another");
        }

        var given = Given(text, columns, table.Name);
        var values = await database.AtAsync(connection => WrittenAsync(connection, columns, given, table.Name, ct));
        var relation = new Relation(
            table.Oid, table.Name, table.Identity,
            [.. columns.Select(column => new RelationColumn(column.Name, column.TypeOid, -1, column.TypeName, IsKey: true))]);
        var schema = TableSchema.For(topic, relation);
        var framed = new ArrayBufferWriter<byte>();
        new ChangeEncoder(schema, 0, 0).EncodeKey(values.Select(ColumnValue.Of).ToArray(), framed);
        return new RowKey(
            table.Name, [.. columns.Select(column => column.Name)], values, framed.WrittenMemory, schema.KeySchema!,
            columns.All(column => column.IsEqualAsText));
    }

    /// <summary>The value of each column, in the columns' order.</summary>
    static string[] Given(string text, List<ColumnDefinition> columns, RelationName table)
    {
        if (TryObject(text) is { } members)
        {
            if (members.Keys.ToHashSet().SetEquals(columns.Select(column => column.Name)) && !members.ContainsValue(null))
            {
                return [.. columns.Select(column => members[column.Name]!)];
            }
        }
        else if (columns.Count == 1)
        {
            return [text];
        }

        var shape = string.Join(", ", columns.Select(column => $"{JsonSerializer.Serialize(column.Name)}: …"));
        throw new StoppedException(
            ExitCode.Usage, "KB1091", $"'{text}' is no key of {table}",
            why: $"its key is ({string.Join(", ", columns.Select(column => $"{column.Name} {column.TypeName}"))})",
            tryThis: $"'{{{shape}}}'");
    }

    static Dictionary<string, string?>? TryObject(string text)
    {
        try
        {
            return JsonTexts.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static async Task<IReadOnlyList<string>> WrittenAsync(
        NpgsqlConnection connection, List<ColumnDefinition> columns, string[] given, RelationName table, CancellationToken ct)
    {
        // format() writes a value as its type's output function does, as the log has it.
        var written = columns.Select((column, i) => $"pg_catalog.format('%s', CAST(${i + 1}::text AS {column.TypeName}))");
        await using var command = new NpgsqlCommand($"SELECT ARRAY[{string.Join(", ", written)}]", connection);
        foreach (var value in given)
        {
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = value });
        }

        try
        {
            return (string[])(await command.ExecuteScalarAsync(ct))!;
        }
        catch (PostgresException refused) when (refused.SqlState.StartsWith("22", StringComparison.Ordinal)
            || refused.SqlState.StartsWith("23", StringComparison.Ordinal))
        {
            throw new StoppedException(
                ExitCode.Usage, "KB1091", $"the key of {table} can't have that value: {refused.MessageText}",
                why: $"its key is ({string.Join(", ", columns.Select(column => $"{column.Name} {column.TypeName}"))})", inner: refused);
        }
    }
}
