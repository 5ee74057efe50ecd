using System.Globalization;
using KafkaBridge.Postgres;

namespace KafkaBridge.Apply.Sql;

/// <summary>
/// Fragments for a table whose rows claim values besides their key. In kafkabridge.hidden_N stand the winners of keys that are
/// not visible: the table's columns by their names, and what is noted of each.
/// </summary>
public sealed class ClaimSql(TableSql t)
{
    const string Prefix = "kafkabridge_";

    /// <summary>What a hidden row has besides the table's columns, and the type of each.</summary>
    static readonly (string Name, string Type)[] Noted =
    [
        ("tick", "bigint NOT NULL"), ("writer", "integer NOT NULL"),
        ("epoch", "integer"), ("commit_lsn", "pg_lsn"), ("ordinal", "integer"), // null: read off a visible row
        ("commit_time", "timestamptz"), ("raw_before", "pg_lsn"), ("settle", "boolean NOT NULL"),
    ];

    public TableSql Table => t;

    public string Hidden => $"kafkabridge.hidden_{t.Oid}";

    /// <summary>A column that is noted of a hidden row, by its alias.</summary>
    public static string Of(string alias, string noted) => $"{alias}.{Prefix}{noted}";

    /// <summary>The table's rows with their versions, as t; the transaction at hand has no commit time yet.</summary>
    public string Visible =>
        $"""
        ONLY {t.Name} AS t
        LEFT JOIN LATERAL pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS c ON true
        LEFT JOIN kafkabridge.origin AS g ON g.roident = c.roident
        LEFT JOIN kafkabridge.row_version AS o ON o.relid = {t.Oid} AND o.key = {t.KeyText} AND o.row_xmin = t.xmin
        LEFT JOIN kafkabridge.rewrite AS w ON w.relid = {t.Oid} AND w.row_xmin = t.xmin
        """;

    public const string VisibleTick =
        "CASE WHEN o.tick IS NOT NULL THEN o.tick WHEN t.xmin = v.me THEN v.tick WHEN " + IsOldest
        + " THEN 0 ELSE kafkabridge.tick(c.\"timestamp\") END";

    /// <summary>Where rows that claim one value are put in order: fails on one whose version is not known.</summary>
    public string HolderTick =>
        "CASE WHEN o.tick IS NULL AND t.xmin <> v.me AND w.relid IS NULL AND c.\"timestamp\" IS NULL "
        + $"THEN kafkabridge.holder_tick(t.xmin, {t.Oid}, {t.KeyText}) ELSE {VisibleTick} END";

    public const string VisibleWriter =
        "CASE WHEN o.tick IS NOT NULL THEN o.writer WHEN t.xmin = v.me THEN v.writer WHEN " + IsOldest
        + " THEN -1 ELSE COALESCE(g.writer, v.own) END";

    /// <summary>Where a session of this node wrote it, a change of its own is later than the row from this position on.</summary>
    public const string VisibleRawBefore =
        "CASE WHEN g.writer IS NULL AND w.relid IS NULL AND t.xmin <> v.me "
        + "THEN pg_catalog.pg_current_wal_insert_lsn() ELSE o.raw_before END";

    /// <summary>The transaction that wrote the row, not the one that showed it again.</summary>
    public const string VisibleXid = "CASE WHEN o.commit_time IS NULL THEN t.xmin END";

    public const string VisibleTime = "COALESCE(o.commit_time, c.\"timestamp\")";

    /// <summary>Without an override.</summary>
    public const string IsOldest =
        "w.relid IS NOT NULL OR c.\"timestamp\" IS NULL OR (g.writer IS NULL AND c.\"timestamp\" < v.adopted_at)";

    /// <summary>A session of this node wrote it, and not before the change. What was rewritten says so in its override alone.</summary>
    public const string IsRaw = "g.writer IS NULL AND w.relid IS NULL OR COALESCE(o.raw_before > v.lsn, false)";

    /// <summary>The change's own transaction wrote it: by its commit time, as a row written after a savepoint has another xmin.</summary>
    public const string IsOwn =
        "g.writer IS NULL AND (w.relid IS NULL OR w.wal_before <= v.lsn) AND (t.xmin = v.source_xid OR c.\"timestamp\" = v.source_time)\n"
        + "        OR COALESCE(o.raw_before > v.lsn AND o.commit_time = v.source_time, false)";

    /// <summary>The order in which rows claim: the greater first.</summary>
    public string HiddenOrder(string alias) =>
        $"ROW({Of(alias, "tick")}, {Of(alias, "writer")}, {KeyTextOf(alias)} COLLATE pg_catalog.\"C\")";

    public string KeyTextOf(string alias) => $"ROW({List(t.Table.KeyColumns, alias)})::text";

    /// <summary>Every column as a value of the table's row type.</summary>
    public string Image(string alias) => $"ROW({List(t.Table.Columns, alias)})::{t.Name}";

    public string Columns(string alias) => List(t.Table.Columns, alias);

    public static string NotedColumns => string.Join(", ", Noted.Select(one => Prefix + one.Name));

    /// <summary>For ON CONFLICT DO UPDATE: all but generated columns.</summary>
    public string Excluded => string.Join(", ",
        t.Written.Select(column => SqlIdentifier.Quote(column.Name)).Concat(Noted.Select(one => Prefix + one.Name))
            .Select(name => $"{name} = EXCLUDED.{name}"));

    /// <summary>
    /// The table as it is now: a column that was added, dropped or changed since is so here too. Indexes are copied as
    /// non-unique ones.
    /// </summary>
    public string Create =>
        $"""
        CREATE TABLE IF NOT EXISTS {Hidden} (
          LIKE {t.Name} INCLUDING GENERATED,
          {string.Join(",\n  ", Noted.Select(one => $"{Prefix}{one.Name} {one.Type}"))},
          CONSTRAINT hidden_{t.Oid}_key PRIMARY KEY ({t.KeyColumns})
        );
        SELECT kafkabridge.adapt_columns({t.Oid}, '{Hidden}');
        CREATE INDEX IF NOT EXISTS hidden_{t.Oid}_settle ON {Hidden} ({Prefix}tick) WHERE {Prefix}settle;
        {string.Join('\n', t.Table.Claims.Select(claim =>
            $"CREATE INDEX IF NOT EXISTS hidden_{t.Oid}_{Number(claim.Oid)} ON {Hidden} {claim.Index};"))}
        """;

    /// <summary>The ctids of the rows that have what a row claims; a visible row of the same key is not meant.</summary>
    public string Claimants =>
        $$"""
        CREATE OR REPLACE FUNCTION kafkabridge.claimants_{{t.Oid}}({{t.Name}})
        RETURNS tid[] LANGUAGE plpgsql STABLE AS $kafkabridge$
        #variable_conflict use_column
        <<v>>
        DECLARE
          n ALIAS FOR $1;
        BEGIN
          RETURN ARRAY(
            {{Probes($"ONLY {t.Name}", $" AND NOT ({t.KeyMatches})")}});
        END v
        $kafkabridge$;
        """;

    /// <summary>What a visible row held is free: hidden rows that claim it are to be settled; null: all of them.</summary>
    public string Released =>
        $$"""
        CREATE OR REPLACE FUNCTION kafkabridge.released_{{t.Oid}}({{t.Name}})
        RETURNS void LANGUAGE plpgsql AS $kafkabridge$
        #variable_conflict use_column
        <<v>>
        DECLARE
          n ALIAS FOR $1;
        BEGIN
          IF v.n IS NULL THEN
            UPDATE {{Hidden}} AS t SET {{Prefix}}settle = true;
          ELSE
            UPDATE {{Hidden}} AS t SET {{Prefix}}settle = true WHERE t.ctid = ANY (ARRAY(
              {{Probes(Hidden, "")}}));
          END IF;
          IF FOUND THEN
            {{Unsettled}};
          END IF;
        END v
        $kafkabridge$;
        """;

    /// <summary>The local transaction has to settle before it commits.</summary>
    public const string Unsettled = "PERFORM pg_catalog.set_config('kafkabridge.unsettled', 'on', true)";

    string Probes(string relation, string except) => string.Join("\n    UNION\n    ", t.Table.Claims.Select(claim =>
    {
        var names = claim.Terms.Select((_, i) => Prefix + Number((uint)(i + 1))).ToArray();
        var values = string.Join(", ", claim.Terms.Select((term, i) => $"{term.Expression} AS {names[i]}"));
        var equal = claim.Terms.Select((term, i) =>
        {
            var value = $"i.{names[i]}{(term.Collation is { } collation ? " COLLATE " + collation : "")}";
            var matches = $"{term.Expression} {term.Operator} {value}";
            return claim.NullsAreEqual ? $"({matches} OR ({term.Expression} IS NULL AND i.{names[i]} IS NULL))" : matches;
        });
        var predicate = claim.Predicate is { } text ? $" AND ({text})" : "";
        return $"SELECT t.ctid FROM (SELECT {values} FROM {Row} WHERE true{predicate}) AS i CROSS JOIN {relation} AS t "
            + $"WHERE {string.Join(" AND ", equal)}{predicate}{except}";
    }));

    /// <summary>The row v.n with nothing but its columns in sight; generated ones are computed.</summary>
    string Row
    {
        get
        {
            var given = t.Written.Select(column => Named(column, "v.n." + SqlIdentifier.Quote(column.Name)));
            var row = $"(SELECT {string.Join(", ", given)}) AS x";
            var generated = t.Table.Columns.Where(column => column.Generation is not null).ToArray();
            return generated.Length == 0
                ? row
                : $"(SELECT x.*, {string.Join(", ", generated.Select(column => Named(column, $"({column.Generation})")))} FROM {row}) AS x";
        }
    }

    static string Named(ColumnDefinition column, string value) => $"{value} AS {SqlIdentifier.Quote(column.Name)}";

    static string List(IEnumerable<ColumnDefinition> columns, string alias) =>
        string.Join(", ", columns.Select(column => $"{alias}.{SqlIdentifier.Quote(column.Name)}"));

    static string Number(uint number) => number.ToString(CultureInfo.InvariantCulture);
}
