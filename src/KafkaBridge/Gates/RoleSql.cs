using KafkaBridge.Options;
using KafkaBridge.Postgres;

namespace KafkaBridge.Gates;

/// <summary>
/// The least rights with which <c>run</c> works, as SQL to paste. The statements are a superuser's to run, once on
/// each node.
/// </summary>
internal static class RoleSql
{
    public static readonly string[] OriginFunctions =
    [
        "pg_replication_origin_create(text)", "pg_replication_origin_oid(text)", "pg_replication_origin_drop(text)",
        "pg_replication_origin_session_setup(text)", "pg_replication_origin_session_reset()", "pg_replication_origin_session_is_setup()",
        "pg_replication_origin_xact_setup(pg_lsn,timestamptz)", "pg_replication_origin_xact_reset()",
    ];

    /// <summary>To write as users do: with triggers and foreign keys.</summary>
    public static string GrantRole(string role) => $"GRANT SET ON PARAMETER session_replication_role TO {SqlIdentifier.Quote(role)};";

    /// <param name="conflicts">By rules for foreign keys some of its writes are as a user's: before 15 only a superuser may.</param>
    public static IEnumerable<string> For(string role, string database, IReadOnlyList<TableDefinition> tables, ConflictOptions conflicts)
    {
        var quoted = SqlIdentifier.Quote(role);
        yield return $"-- CREATE ROLE {quoted} LOGIN PASSWORD '…';";
        yield return $"ALTER ROLE {quoted} REPLICATION;";
        yield return $"ALTER ROLE {quoted} SET session_replication_role = replica;";
        if (conflicts.ForeignKeys.Act)
        {
            yield return GrantRole(role);
        }

        yield return $"GRANT CONNECT ON DATABASE {SqlIdentifier.Quote(database)} TO {quoted};";
        yield return $"GRANT pg_monitor TO {quoted};";
        foreach (var function in OriginFunctions)
        {
            yield return $"GRANT EXECUTE ON FUNCTION pg_catalog.{function} TO {quoted};";
        }

        foreach (var schema in tables.Select(table => table.Name.Namespace).Distinct())
        {
            yield return $"GRANT USAGE ON SCHEMA {SqlIdentifier.Quote(schema)} TO {quoted};";
        }

        foreach (var table in tables)
        {
            yield return $"GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON {SqlIdentifier.Quote(table.Name)} TO {quoted};";
            var function = conflicts.For(table.Name.ToString()).Row.Function;
            foreach (var grant in function is null ? [] : RowFunction.Grants(function, table, role))
            {
                yield return grant;
            }
        }

        yield return "-- after `kafkabridge apply`, which a superuser or the tables' owner runs:";
        yield return "DO $$ DECLARE o record; BEGIN";
        yield return $"  EXECUTE 'ALTER SCHEMA kafkabridge OWNER TO {quoted.Replace("'", "''", StringComparison.Ordinal)}';";
        yield return "  FOR o IN SELECT c.oid::regclass AS name FROM pg_class c WHERE c.relnamespace = 'kafkabridge'::regnamespace "
            + "AND c.relkind = 'r' LOOP";
        yield return $"    EXECUTE format('ALTER TABLE %s OWNER TO {quoted.Replace("'", "''", StringComparison.Ordinal)}', o.name);";
        yield return "  END LOOP;";
        yield return "  FOR o IN SELECT p.oid::regprocedure AS name, p.prokind FROM pg_proc p WHERE p.pronamespace = "
            + "'kafkabridge'::regnamespace AND p.prorettype <> 'event_trigger'::regtype LOOP";
        yield return $"    EXECUTE format('ALTER ROUTINE %s OWNER TO {quoted.Replace("'", "''", StringComparison.Ordinal)}', o.name);";
        yield return "  END LOOP;";
        yield return "END $$;";
        foreach (var line in RewriteTrigger.RoleSql(role, tables))
        {
            yield return line;
        }
    }
}
