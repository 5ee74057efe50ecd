using System.Globalization;

namespace KafkaBridge.Apply.Sql;

/// <summary>
/// The functions that insert a run of rows of one writer and tick in one statement: only rows that nothing here speaks against. They
/// answer with the places of the others, null for none; those go through the table's own function, one by one.
/// </summary>
public static class InsertFunctions
{
    const string Parameters = "images text[], first integer, last integer, tick bigint, writer integer, me xid";

    public static string Keyed(TableSql t) =>
        $$"""
        CREATE OR REPLACE FUNCTION kafkabridge.insert_{{t.Oid}}({{Types}})
        RETURNS integer[] LANGUAGE plpgsql AS $kafkabridge$
        #variable_conflict use_column
        <<v>>
        DECLARE
        {{Aliases}}
          inserted integer; rest integer[];
        BEGIN
          INSERT INTO {{t.Name}} AS t ({{t.InsertColumns}}) OVERRIDING SYSTEM VALUE
          SELECT {{t.InsertValuesOf("(s.n)")}}
          FROM ({{Rows(t)}}) AS s
          WHERE NOT EXISTS (SELECT FROM {{t.Tombstone}} AS d WHERE {{t.TombstoneMatchesOf("(s.n)")}})
            AND NOT EXISTS ({{Truncated(t)}})
          ON CONFLICT ({{t.KeyColumns}}) DO NOTHING;
          GET DIAGNOSTICS inserted = ROW_COUNT;
          IF v.inserted <= v.last - v.first THEN
            SELECT pg_catalog.array_agg(s.place ORDER BY s.place) INTO v.rest
            FROM ({{Rows(t)}}) AS s
            WHERE NOT EXISTS (SELECT FROM ONLY {{t.Name}} AS t WHERE {{t.KeyMatchesOf("(s.n)")}} AND t.xmin = v.me);
          END IF;
          RETURN v.rest;
        END v
        $kafkabridge$;
        """;

    public static string Keyless(TableSql t) =>
        $$"""
        CREATE OR REPLACE FUNCTION kafkabridge.insert_{{t.Oid}}({{Types}})
        RETURNS integer[] LANGUAGE plpgsql AS $kafkabridge$
        #variable_conflict use_column
        <<v>>
        DECLARE
        {{Aliases}}
        BEGIN
          IF EXISTS ({{Truncated(t)}}) THEN
            RETURN ARRAY(SELECT i FROM pg_catalog.generate_series(v.first, v.last) AS i ORDER BY i);
          END IF;
          INSERT INTO {{t.Name}} ({{t.InsertColumns}}) OVERRIDING SYSTEM VALUE
          SELECT {{t.InsertValuesOf("(s.n)")}} FROM ({{Rows(t)}}) AS s;
          RETURN NULL;
        END v
        $kafkabridge$;
        """;

    /// <summary>With another unique constraint each row is decided by itself: what it claims may be another's.</summary>
    public static string OneByOne(TableSql t) =>
        $$"""
        CREATE OR REPLACE FUNCTION kafkabridge.insert_{{t.Oid}}({{Types}})
        RETURNS integer[] LANGUAGE sql AS $kafkabridge$
          SELECT pg_catalog.array_agg(i ORDER BY i) FROM pg_catalog.generate_series($2, $3) AS i
        $kafkabridge$;
        """;

    /// <param name="tables">A table's number is its place here, from 1.</param>
    public static string Dispatch(IReadOnlyList<TableSql> tables) =>
        $"""
        CREATE OR REPLACE FUNCTION kafkabridge.insert_rows(relation integer, {Parameters})
        RETURNS integer[] LANGUAGE plpgsql AS $kafkabridge$
        BEGIN
          CASE relation
        {string.Join('\n', tables.Select(Call))}
            ELSE RAISE EXCEPTION 'no table has the number %', relation;
          END CASE;
        END
        $kafkabridge$;
        """;

    static string Types => string.Join(", ", Parameters.Split(", ").Select(parameter => parameter.Split(' ')[1]));

    static string Aliases => string.Join('\n', Parameters.Split(", ").Select((parameter, i) =>
        string.Create(CultureInfo.InvariantCulture, $"  {parameter.Split(' ')[0]} ALIAS FOR ${i + 1};")));

    static string Call(TableSql table, int index) => string.Create(
        CultureInfo.InvariantCulture,
        $"    WHEN {index + 1} THEN RETURN kafkabridge.insert_{table.Oid}(images, first, last, tick, writer, me);");

    static string Truncated(TableSql t) =>
        $"SELECT FROM kafkabridge.table_tombstone AS d WHERE d.relid = {t.Oid} AND ROW(d.tick, d.writer) >= ROW(v.tick, v.writer)";

    /// <summary>OFFSET 0 keeps each row's text from being read once for every column.</summary>
    static string Rows(TableSql t) =>
        $"SELECT i AS place, v.images[i]::{t.Name} AS n FROM pg_catalog.generate_series(v.first, v.last) AS i OFFSET 0";
}
