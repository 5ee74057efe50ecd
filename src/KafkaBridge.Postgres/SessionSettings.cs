using Npgsql;

namespace KafkaBridge.Postgres;

/// <summary>
/// Session settings that decide how values are written as text. Pinned as start-up options, which beat what ALTER ROLE
/// and ALTER DATABASE say: text written under one setting and read under another would be another value.
/// </summary>
public static class SessionSettings
{
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

    /// <summary>For the replication stream, and for reading values that must look as in the stream.</summary>
    public static string ForReplication(string connectionString) => With(connectionString, []);

    /// <summary>For sessions that write rows: no triggers or foreign keys fire, rows and progress are lost together.</summary>
    public static string ForApply(string connectionString) =>
        With(connectionString, [("session_replication_role", "replica"), ("synchronous_commit", "off")]);

    static string With(string connectionString, IReadOnlyList<(string Name, string Value)> more)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { ClientEncoding = "UTF8" };
        var pinned = string.Join(' ', Pinned.Concat(more).Select(setting => $"-c {setting.Name}={setting.Value}"));
        builder.Options = string.IsNullOrEmpty(builder.Options) ? pinned : builder.Options + " " + pinned;
        return builder.ConnectionString;
    }
}
