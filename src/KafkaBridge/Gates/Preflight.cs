using System.Globalization;
using KafkaBridge.Changes;
using KafkaBridge.Postgres;
using Npgsql;

namespace KafkaBridge.Gates;

/// <summary>
/// What a server must be and allow before a bridge can run on it. Everything at once, each with the statement that
/// repairs it.
/// </summary>
internal static class Preflight
{
    public static async Task<IReadOnlyList<Finding>> ServerAsync(NodeDatabase database, int nodes, CancellationToken ct)
    {
        var findings = new List<Finding>();
        var where = database.Node.Name;
        var version = await database.AtAsync(connection => PostgresVersion.ReadAsync(connection, ct));
        if (!version.IsSupported)
        {
            findings.Add(Finding.Error(where, $"PostgreSQL {version} is not supported; 14 to 18 are."));
        }
        else if (version.LosesChanges)
        {
            findings.Add(
                Finding.Warning(
                    where, $"PostgreSQL {version} can lose changes in logical decoding (fixed in 14.18, 15.13, 16.9 and 17.5).",
                    "install the newest minor release"));
        }

        await ExpectAsync("wal_level", "logical", "ALTER SYSTEM SET wal_level = logical; -- then restart the server");
        await ExpectAsync("track_commit_timestamp", "on", "ALTER SYSTEM SET track_commit_timestamp = on; -- then restart the server");
        await ExpectAsync("server_encoding", "UTF8", "create the database anew with ENCODING 'UTF8'");
        await RoomAsync("max_replication_slots", "SELECT count(*) FROM pg_catalog.pg_replication_slots", 1);
        await RoomAsync("max_wal_senders", "SELECT count(*) FROM pg_catalog.pg_stat_replication", 1);
        await RoomAsync(
            version.OriginLimitSetting, "SELECT count(*) FROM pg_catalog.pg_replication_origin WHERE roname NOT LIKE 'kafkabridge%'",
            nodes);
        // current_setting() would fail for a role that may not read it; there the view has no such row
        var plugins = await database.ScalarAsync<string>(
            "SELECT setting FROM pg_catalog.pg_settings WHERE name = 'output_plugin_libraries'", ct);
        if (plugins is { Length: > 0 } && !plugins.Split(',', StringSplitOptions.TrimEntries).Any(
            name => name.Trim('"') is "pgoutput" or "*"))
        {
            findings.Add(Finding.Error(
                where, $"output_plugin_libraries is {plugins}: pgoutput is not in it.",
                "ALTER SYSTEM SET output_plugin_libraries = " + SqlIdentifier.Literal(plugins + ",pgoutput") + "; SELECT "
                    + "pg_reload_conf();"));
        }

        if (await database.ScalarAsync<bool>("SELECT pg_catalog.pg_is_in_recovery()", ct))
        {
            findings.Add(Finding.Error(where, "the server is a standby.", "name the primary in the node's dsn"));
        }

        return findings;

        async Task ExpectAsync(string setting, string wanted, string remedy)
        {
            var value = await database.ScalarAsync<string>($"SELECT pg_catalog.current_setting('{setting}')", ct);
            if (value != wanted)
            {
                findings.Add(Finding.Error(where, $"{setting} is {value}, not {wanted}.", remedy));
            }
        }

        async Task RoomAsync(string setting, string used, int needed)
        {
            var limit = int.Parse(
                (await database.ScalarAsync<string>($"SELECT pg_catalog.current_setting('{setting}')", ct))!, CultureInfo.InvariantCulture);
            var taken = (int)await database.ScalarAsync<long>(used, ct);
            if (limit < needed || (setting == "max_replication_slots" && taken >= limit
                && await database.ScalarAsync<long>(
                    "SELECT count(*) FROM pg_catalog.pg_replication_slots WHERE slot_name LIKE 'kafkabridge%'", ct) == 0))
            {
                findings.Add(
                    Finding.Error(
                        where, $"{setting} is {limit}, of which {taken} are taken.",
                        $"ALTER SYSTEM SET {setting} = {Math.Max(limit * 2, taken + needed + 4)}; -- then restart the server"));
            }
        }
    }

    /// <summary>What keeps the versions of a table's rows when it is rewritten; nothing to say before the first <c>apply</c>.</summary>
    public static async Task<IReadOnlyList<Finding>> RewritesAsync(NodeDatabase database, CancellationToken ct)
    {
        // to_regclass() would fail for a role that may not use the schema
        var isApplied = await database.ScalarAsync<bool>(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_class WHERE relname = 'rewrite' AND relnamespace = "
            + "(SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'kafkabridge'))", ct);
        return !isApplied || await database.AtAsync(connection => RewriteTrigger.IsThereAsync(connection, ct))
            ? []
            :
            [
                Finding.Warning(
                    database.Node.Name,
                    "the event trigger for rewritten tables is not there: after ALTER TABLE … TYPE and the like nodes may diverge.",
                    $"as a superuser: {RewriteTrigger.Sql}"),
            ];
    }

    /// <summary>Commit times that the server has lost of rows that other nodes' changes may still meet.</summary>
    public static async Task<IReadOnlyList<Finding>> CommitTimesAsync(NodeDatabase database, CancellationToken ct)
    {
        // to_regclass() would fail for a role that may not use the schema, and without tracking all else does
        if (!await database.ScalarAsync<bool>(
            """
            SELECT pg_catalog.current_setting('track_commit_timestamp') = 'on' AND EXISTS (
              SELECT FROM pg_catalog.pg_class AS c
              JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'kafkabridge'
              JOIN pg_catalog.pg_proc AS f ON f.pronamespace = n.oid AND f.proname = 'has_unknown_versions'
              WHERE c.relname = 'node' AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
                AND pg_catalog.has_table_privilege(c.oid, 'SELECT'))
            """, ct))
        {
            return [];
        }

        var areLost = await database.ScalarAsync<bool>(
            "SELECT EXISTS (SELECT FROM kafkabridge.node AS n WHERE kafkabridge.has_unknown_versions(n))", ct);
        return !areLost
            ? []
            :
            [
                Finding.Warning(
                    database.Node.Name,
                    "commit times of rows are lost (track_commit_timestamp was off, or vacuum truncated them while a node was away): where "
                    + "another node's earlier change meets such a row, that is a conflict version_unknown, and the change is not applied.",
                    "run every node until all is caught up; kafkabridge conflict list --kind version_unknown shows what a person has to "
                    + "decide"),
            ];
    }

    /// <summary>Keys and identities that replication can't go by, of the tables that are replicated.</summary>
    public static async Task<IReadOnlyList<Finding>> TablesAsync(
        NodeDatabase database, IReadOnlyList<RelationName> tables, CancellationToken ct)
    {
        const string Sql = """
            SELECT n.nspname, c.relname, c.relreplident::text, k.conname,
              k.condeferrable OR c.relreplident IN ('n', 'i') AS misleads
            FROM pg_catalog.pg_class AS c
            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
            JOIN pg_catalog.pg_constraint AS k ON k.conrelid = c.oid AND k.contype = 'p'
            WHERE c.relkind = 'r' AND (k.condeferrable OR c.relreplident IN ('n', 'i')
              OR (c.relreplident = 'd' AND EXISTS (
                SELECT FROM pg_catalog.pg_index AS i
                WHERE i.indrelid = c.oid AND (i.indisunique OR i.indisexclusion) AND NOT i.indisprimary)))
            ORDER BY 1, 2
            """;
        var rows = await database.AtAsync(async connection =>
        {
            var found = new List<(RelationName Table, string Identity, string Key, bool Misleads)>();
            await using var command = new NpgsqlCommand(Sql, connection);
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                var table = new RelationName(reader.GetString(0), reader.GetString(1));
                found.Add((table, reader.GetString(2), reader.GetString(3), reader.GetBoolean(4)));
            }

            return found;
        });
        return [.. rows.Where(row => tables.Contains(row.Table))
            .Select(row => Judge(database.Node.Name, row.Table, row.Identity, row.Key, row.Misleads))];
    }

    static Finding Judge(string where, RelationName table, string identity, string key, bool misleads)
    {
        var (quoted, name) = (SqlIdentifier.Quote(table), SqlIdentifier.Quote(key));
        return !misleads
            ? Finding.Warning(
                where,
                $"the table {table} has unique values besides its key and REPLICA IDENTITY DEFAULT: its log does not say which an update "
                + $"gives up, so {where} applies each update of it to itself.",
                $"ALTER TABLE {quoted} REPLICA IDENTITY FULL")
            : identity is "n" or "i"
                ? Finding.Error(
                    where,
                    $"the table {table} has a primary key and REPLICA IDENTITY {(identity == "n" ? "NOTHING" : "USING INDEX")}: "
                    + "its deletes would not carry the key.",
                    $"ALTER TABLE {quoted} REPLICA IDENTITY DEFAULT")
                : Finding.Error(
                    where, $"the primary key of {table} is deferrable: it can't decide between two inserts.",
                    $"ALTER TABLE {quoted} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} PRIMARY KEY (…)");
    }

    /// <summary>What the role may do, by trying the privilege functions; nothing is changed.</summary>
    public static async Task<IReadOnlyList<Finding>> RoleAsync(
        NodeDatabase database, IReadOnlyList<RelationName> tables, bool actsAsUser, CancellationToken ct)
    {
        var findings = new List<Finding>();
        var where = database.Node.Name;
        var role = (await database.ScalarAsync<string>("SELECT current_user::text", ct))!;
        if (await database.ScalarAsync<bool>("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user", ct))
        {
            return findings;
        }

        var quoted = SqlIdentifier.Quote(role);
        if (!await database.ScalarAsync<bool>("SELECT rolreplication FROM pg_catalog.pg_roles WHERE rolname = current_user", ct))
        {
            findings.Add(Finding.Error(where, $"the role {role} may not replicate.", $"ALTER ROLE {quoted} REPLICATION;"));
        }

        foreach (var function in RoleSql.OriginFunctions)
        {
            if (!await database.ScalarAsync<bool>($"SELECT pg_catalog.has_function_privilege('pg_catalog.{function}', 'EXECUTE')", ct))
            {
                findings.Add(
                    Finding.Error(
                        where, $"the role {role} may not call {function}.",
                        $"GRANT EXECUTE ON FUNCTION pg_catalog.{function} TO {quoted};"));
            }
        }

        if (actsAsUser && !await RoleAsync(database, "origin", ct))
        {
            findings.Add(
                Finding.Error(
                    where,
                    $"the role {role} can't have session_replication_role = origin, with which it deletes and restores rows as "
                    + "'conflicts.foreign_keys' says (PostgreSQL 14: a superuser only).",
                    RoleSql.GrantRole(role)));
        }

        if (!await RoleAsync(database, "replica", ct))
        {
            findings.Add(
                Finding.Error(
                    where, $"the role {role} can't have session_replication_role = replica.",
                    $"ALTER ROLE {quoted} SET session_replication_role = replica;"));
        }

        foreach (var table in tables)
        {
            var name = SqlIdentifier.Quote(table);
            var literal = SqlIdentifier.Literal(name);
            if (!await database.ScalarAsync<bool>(
                $"SELECT pg_catalog.has_schema_privilege({SqlIdentifier.Literal(table.Namespace)}, 'USAGE') AND "
                + $"pg_catalog.has_table_privilege({literal}, 'SELECT') AND pg_catalog.has_table_privilege({literal}, 'INSERT') AND "
                + $"pg_catalog.has_table_privilege({literal}, 'UPDATE') AND pg_catalog.has_table_privilege({literal}, 'DELETE') AND "
                + $"pg_catalog.has_table_privilege({literal}, 'TRUNCATE')", ct))
            {
                findings.Add(Finding.Error(where, $"the role {role} may not read and write {table}.",
                    $"GRANT USAGE ON SCHEMA {SqlIdentifier.Quote(table.Namespace)} TO {quoted}; GRANT SELECT, INSERT, UPDATE, DELETE, "
                    + $"TRUNCATE ON {name} TO {quoted};"));
            }
        }

        return findings;
    }

    /// <summary>Whether its sessions have that session_replication_role, or can.</summary>
    static async Task<bool> RoleAsync(NodeDatabase database, string wanted, CancellationToken ct)
    {
        if (await database.ScalarAsync<string>("SELECT pg_catalog.current_setting('session_replication_role')", ct) == wanted)
        {
            return true;
        }

        try
        {
            await database.ExecuteAsync($"SET session_replication_role = {wanted}", ct);
            await database.ExecuteAsync("RESET session_replication_role", ct);
            return true;
        }
        catch (Npgsql.PostgresException exception) when (exception.SqlState == Npgsql.PostgresErrorCodes.InsufficientPrivilege)
        {
            return false;
        }
    }
}
