using System.Globalization;

namespace KafkaBridge.Apply.Sql;

/// <summary>
/// The functions that apply a run (changes of one kind, writer and tick to different rows of one table) in one statement: only
/// those that nothing here speaks against. They answer with the places of the others, in order; those go through the table's
/// own function, one by one. Fresh: keys are taken for new ones, and no row is looked for; where one is there, the statement fails.
/// </summary>
public static class RunFunctions
{
    const string Places = "SELECT i FROM pg_catalog.generate_series(v.first, v.last) AS i";

    static readonly (string Type, string Name)[] Parameters =
    [
        ("\"char\"[]", "ops"), ("text[]", "images"), ("integer[]", "ordinals"), ("integer", "first"), ("integer", "last"),
        ("bigint", "tick"), ("integer", "writer"), ("integer", "epoch"), ("pg_lsn[]", "lsns"), ("integer[]", "transactions"), ("xid", "me"),
        ("timestamptz", "adopted_at"), ("oid[]", "origins"), ("boolean", "fresh"),
    ];

    public static string Keyed(TableSql t) =>
        $$"""
        {{Head(t)}}
          done integer; gone integer[];
        BEGIN
          CASE v.ops[v.first]
          WHEN 'c' THEN
            IF v.fresh AND v.origins IS NOT NULL THEN
              IF pg_catalog.pg_relation_size('{{t.Tombstone}}'::regclass) = 0 THEN -- so it holds nothing, and that costs no look a row
                {{TableFunctions.Indent(Insert(t), 8)}}
              ELSE
                {{TableFunctions.Indent(Insert(t, Untold(t)), 8)}}
              END IF;
            ELSE
              {{TableFunctions.Indent(TableFunctions.AsNoted(any => InsertMissing(t, any)), 6)}}
            END IF;
          {{TableFunctions.Indent(Updates(t), 2)}}
          ELSE
            {{TableFunctions.Indent(TableFunctions.AsNoted(any => Delete(t, any)), 4)}}
            INSERT INTO {{t.Tombstone}} AS d ({{t.TombstoneKeys}}, tick, writer, epoch, commit_lsn, ordinal)
            SELECT {{t.TombstoneValuesOf("(s.n)")}}, v.tick, v.writer, v.epoch,
              v.lsns[v.transactions[s.place]], v.ordinals[s.place]
            FROM (SELECT i AS place, v.images[i]::{{t.Name}} AS n FROM pg_catalog.unnest(v.gone) AS i OFFSET 0) AS s
            {{TableFunctions.Indent(TableFunctions.RaiseTombstone(t), 4)}}
            IF pg_catalog.cardinality(v.gone) > v.last - v.first THEN
              RETURN '{}';
            END IF;
            RETURN ARRAY({{Places}} EXCEPT SELECT i FROM pg_catalog.unnest(v.gone) AS i ORDER BY i);
          END CASE;
          GET DIAGNOSTICS done = ROW_COUNT;
          IF v.done > v.last - v.first THEN
            RETURN '{}';
          END IF;
          RETURN ARRAY(SELECT s.place FROM ({{Rows(t)}}) AS s
            WHERE NOT EXISTS (SELECT FROM ONLY {{t.Name}} AS t WHERE {{t.KeyMatchesOf("(s.n)")}} AND t.xmin = v.me) ORDER BY s.place);
        END v
        $kafkabridge$;
        """;

    public static string Keyless(TableSql t) =>
        $$"""
        {{Head(t)}}
        BEGIN
          IF v.origins IS NULL THEN
            IF EXISTS ({{Truncated(t)}}) THEN
              RETURN ARRAY({{Places}} ORDER BY i);
            END IF;
          END IF;
          {{TableFunctions.Indent(Insert(t), 2)}}
          RETURN '{}';
        END v
        $kafkabridge$;
        """;

    /// <param name="tables">
    /// A table's number is its place here, from 1. Rows that claim values besides their key are decided one by one.
    /// </param>
    public static string Dispatch(IReadOnlyList<TableSql> tables) =>
        $"""
        CREATE OR REPLACE FUNCTION kafkabridge.apply_run(
          relation integer, {string.Join(", ", Parameters.Select(one => $"{one.Name} {one.Type}"))})
        RETURNS integer[] LANGUAGE plpgsql AS $kafkabridge$
        BEGIN
          {TableFunctions.Indent(TableSwitch.Of("relation", [.. tables.Select(Run)]), 2)}
        END
        $kafkabridge$;
        """;

    static string Head(TableSql t) =>
        $"""
        CREATE OR REPLACE FUNCTION kafkabridge.run_{t.Oid}({string.Join(", ", Parameters.Select(one => one.Type))})
        RETURNS integer[] LANGUAGE plpgsql AS $kafkabridge$
        #variable_conflict use_column
        <<v>>
        DECLARE
        {string.Join('\n', Parameters.Select((one, i) => string.Create(CultureInfo.InvariantCulture, $"  {one.Name} ALIAS FOR ${i + 1};")))}
        """;

    static string Names => string.Join(", ", Parameters.Select(parameter => parameter.Name));

    static string Run(TableSql table) => string.Create(
        CultureInfo.InvariantCulture,
        $"RETURN {(table.Table.HasClaims
            ? "ARRAY(SELECT pg_catalog.generate_series(first, last))" : $"kafkabridge.run_{table.Oid}({Names})")};");

    static string Updates(TableSql t) =>
        $"""
        WHEN 'u' THEN
          {TableFunctions.Indent(
              t.Updated.Count == 0 ? $"RETURN ARRAY({Places} ORDER BY i);" : TableFunctions.AsNoted(any => Update(t, any)), 2)}
        """;

    /// <param name="onConflict">Empty: it fails where a row is in the way.</param>
    static string Insert(TableSql t, string where = "", string onConflict = "") =>
        $"""
        INSERT INTO {t.Name} AS t ({t.InsertColumns}) OVERRIDING SYSTEM VALUE
        SELECT {t.InsertValuesOf("(s.n)")}
        FROM ({Rows(t)}) AS s{where}{onConflict};
        """;

    static string InsertMissing(TableSql t, bool anyNoted) =>
        Insert(t, Untold(t) + (anyNoted ? $"\n  AND NOT EXISTS ({Truncated(t)})" : ""), $"\nON CONFLICT ({t.KeyColumns}) DO NOTHING");

    static string Untold(TableSql t) =>
        $"\nWHERE NOT EXISTS (SELECT FROM {t.Tombstone} AS d WHERE {t.TombstoneMatchesOf("(s.n)")})";

    static string Update(TableSql t, bool anyNoted) =>
        $"""
        UPDATE ONLY {t.Name} AS t SET {t.AssignmentsOf("(s.n)")}
        FROM ({Rows(t)}) AS s
        WHERE {t.KeyMatchesOf("(s.n)")} AND {TableFunctions.Indent(TableFunctions.IsOlder(t, anyNoted), 2)};
        """;

    static string Delete(TableSql t, bool anyNoted) =>
        $"""
        WITH gone AS (
          DELETE FROM ONLY {t.Name} AS t USING ({Rows(t)}) AS s
          WHERE {t.KeyMatchesOf("(s.n)")} AND {TableFunctions.Indent(TableFunctions.IsOlder(t, anyNoted), 4)}
          RETURNING s.place)
        SELECT pg_catalog.array_agg(gone.place) INTO v.gone FROM gone;
        """;

    static string Truncated(TableSql t) =>
        $"SELECT FROM kafkabridge.table_tombstone AS d WHERE d.relid = {t.Oid} AND ROW(d.tick, d.writer) >= ROW(v.tick, v.writer)";

    /// <summary>OFFSET 0 keeps each row's text from being read once for every column.</summary>
    static string Rows(TableSql t) =>
        $"SELECT i AS place, v.images[i]::{t.Name} AS n FROM pg_catalog.generate_series(v.first, v.last) AS i OFFSET 0";
}
