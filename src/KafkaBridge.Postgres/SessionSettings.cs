using Npgsql;

namespace KafkaBridge.Postgres;

/// <summary>
/// Session settings that decide how values are written as text. Pinned as start-up options, which beat what ALTER ROLE
/// and ALTER DATABASE say: text written under one setting and read under another would be another value.
/// </summary>
public static class SessionSettings
{
    /// <summary>What one call of the system takes of a stream of WAL or gives of a batch; Npgsql's own is 8 KiB.</summary>
    internal const int BufferBytes = 64 * 1024;

    /// <summary>
    /// What the server keeps in memory of transactions that it decodes before it writes them to disk. Its own default is 64 MB: then a
    /// transaction of a million rows costs it twice the work. A connection string that has the setting among its options is left its own.
    /// </summary>
    const string DecodingMemory = "logical_decoding_work_mem";

    /// <summary>
    /// A statement: no timeout of the server, of the role or the database ends what this session does, however long it takes. By name from
    /// the catalog, as transaction_timeout came with PostgreSQL 17.
    /// </summary>
    public const string WithoutTimeouts = "SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings "
        + "WHERE name IN ('statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout')";

    /// <summary>search_path holds pg_catalog alone, so that regclass and its like always come qualified.</summary>
    static readonly IReadOnlyList<(string Name, string Value)> Pinned =
    [
        ("DateStyle", "ISO,MDY"),
        ("IntervalStyle", "postgres"),
        ("TimeZone", "UTC"),
        ("extra_float_digits", "3"),
        ("bytea_output", "hex"),
        ("xmloption", "content"),
        ("lc_monetary", "C"),
        ("search_path", "pg_catalog"),
    ];

    /// <summary>For reading values that must look as in the stream.</summary>
    public static string ForReplication(string connectionString) => With(connectionString, Pinned);

    /// <summary>For the replication stream.</summary>
    public static string ForStream(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString).Options is { } own && own.Contains(DecodingMemory, StringComparison.Ordinal)
            ? ForReplication(connectionString)
            : With(connectionString, Pinned.Append((DecodingMemory, "256MB")));

    /// <summary>For a write by a person's word: values read as they were written, names looked up as the role's own sessions do.</summary>
    public static string ForPerson(string connectionString) =>
        With(connectionString, Pinned.Where(setting => setting.Name != "search_path"));

    /// <summary>
    /// For sessions that write rows: rows and progress are lost together. The session then has to call
    /// <see cref="BecomeReplicaAsync"/>.
    /// </summary>
    public static string ForApply(string connectionString) =>
        With(connectionString, Pinned.Append(("synchronous_commit", "off")));

    /// <summary>
    /// No triggers or foreign keys fire in this session. Not a start-up option: a role that has the setting by ALTER ROLE
    /// (the least-privilege way, and the only one on PostgreSQL 14) is refused when it asks for what it has already.
    /// </summary>
    public static async Task BecomeReplicaAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        const string Sql = """
            SELECT pg_catalog.set_config('session_replication_role', 'replica', false)
            WHERE pg_catalog.current_setting('session_replication_role') <> 'replica'
            """;
        await using var command = new NpgsqlCommand(Sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    static string With(string connectionString, IEnumerable<(string Name, string Value)> settings)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ClientEncoding = "UTF8",
            ReadBufferSize = BufferBytes,
            WriteBufferSize = BufferBytes,
        };
        var pinned = string.Join(' ', settings.Select(setting => $"-c {setting.Name}={setting.Value}"));
        builder.Options = string.IsNullOrEmpty(builder.Options) ? pinned : builder.Options + " " + pinned;
        return builder.ConnectionString;
    }
}
