using System.Globalization;
using KafkaBridge.Changes.Conflicts;
using KafkaBridge.Postgres;

namespace KafkaBridge.Apply.Sql;

/// <summary>
/// What is asked of one foreign key: the rows that refer to what is not there. In each statement $1 is the ids of
/// rows of kafkabridge.parent_delete, $2 this node's number and $3 when it was adopted; d is one of those, p in it the row that may be
/// gone, t a row that refers. A parent that waits among the hidden rows is not missing.
/// </summary>
/// <param name="referenced">The table that the key refers to.</param>
public sealed class OrphanSql(TableSql child, ForeignKeyDefinition key, TableSql referenced)
{
    public TableSql Child => child;

    public TableSql Referenced => referenced;

    public ForeignKeyDefinition Key => key;

    /// <summary>It refers to a column besides the key: a row need not go to be missed.</summary>
    public bool IsByValue { get; } = key.Columns.Any(column => referenced.Table.KeyColumns.All(one => one.Name != column.Referenced));

    /// <summary>Where there are rows that may refer to what is not there.</summary>
    public IReadOnlyList<ReferringRows> Referring { get; } =
        child.Table.HasClaims ? [ReferringRows.Visible(child), ReferringRows.Hidden(child)] : [ReferringRows.Visible(child)];

    /// <summary>Notes each in the history, a bounded number.</summary>
    /// <param name="truncated">Of the TRUNCATEs among $1; else of the others.</param>
    public string Note(ForeignKeyRule rule, ReferringRows rows, bool truncated = false) =>
        $"""
        {(truncated ? Truncates : Rows(IsByValue))}
        INSERT INTO kafkabridge.conflict ({ConflictFunction.Columns}, resolver, local_conflicts)
        SELECT {child.Oid}, {Literal(child.Table.Name.Namespace)}, {Literal(child.Table.Name.Name)},
          {Literal(ConflictKind.ForeignKeyMissing.Name())}, d.source_xid, d.commit_lsn, d.source_time,
          (SELECT n.name FROM kafkabridge.origin AS n WHERE n.writer = d.writer LIMIT 1),
          pg_catalog.jsonb_object({ConflictFunction.Names(child.Table.KeyColumns)},
            {ConflictFunction.Values(child, child.Table.KeyColumns, "t")}),
          {ConflictFunction.Long(child, child.Table.Columns, "t")}, v.own,
          {(rule == ForeignKeyRule.DeleteChild ? TableFunctions.ApplyRemote : TableFunctions.KeepLocal)},
          pg_catalog.jsonb_object({ConflictFunction.Names(child.Table.Columns)},
            {ConflictFunction.Values(child, child.Table.Columns, "t")}),
          NULL, d.writer, d.epoch, d.tick, d.ordinal, {rows.Writer}, {rows.Epoch}, {rows.CommitLsn}, {rows.Time},
          {rows.Tick}, {rows.WriterXid}, {Resolver(rule)},
          pg_catalog.jsonb_build_object('constraint', {Literal(key.Name)}::text, 'by', d.op,
            'references', {Literal(referenced.Table.Name.ToString())}::text,
            'key', pg_catalog.jsonb_object({Texts(key.Columns.Select(column => Literal(column.Referenced)))},
              {Texts(key.Columns.Select(column => $"t.{Quote(column.Name)}::text"))}))
        {Orphans(rows, truncated)}
        LIMIT {Limits.Orphans.ToString(CultureInfo.InvariantCulture)}
        """;

    /// <summary>
    /// Each that the rule can do something about, by its place and xmin, with the row's writer and the id of the note of what is missing;
    /// the same number at most. What to restore: a row that is gone, not one that has another value.
    /// </summary>
    public string Find(ForeignKeyRule rule, ReferringRows rows, bool truncated = false) =>
        $"""
        {(rule == ForeignKeyRule.RestoreParent ? truncated ? Taken : Rows(changed: false) : truncated ? Truncates : Rows(IsByValue))}
        SELECT d.id, t.ctid::text, t.xmin::text, {rows.Writer}
        {Orphans(rows, truncated && rule != ForeignKeyRule.RestoreParent)}
        ORDER BY d.id LIMIT {Limits.Orphans.ToString(CultureInfo.InvariantCulture)}
        """;

    /// <summary>Of what was written ($1) what is not there: by its text, as it was written.</summary>
    public string Lost =>
        $"""
        {Rows(changed: true)}
        SELECT d.id FROM d WHERE d.op = '{ParentDeleteSql.Written}'
          AND {NotThere((value, column) => $"{value}::text = {Value("d", column)}")}
        """;

    /// <summary>
    /// The row at a place ($1) with that xmin ($2), locked where a user can lock it; none where what it refers to is there again.
    /// </summary>
    public string Lock(ReferringRows rows) =>
        $"SELECT 1 FROM {rows.Relation} AS t WHERE {ThisRow} AND {Missing}{(rows.AreShown ? " FOR UPDATE" : "")}";

    /// <summary>Deletes the row at a place ($1) with that xmin ($2).</summary>
    public static string Delete(TableSql t) => $"DELETE FROM ONLY {t.Name} AS t WHERE {ThisRow}";

    /// <summary>Rows that refer to the one at a place ($1) with that xmin ($2) of the referenced table: by place and xmin.</summary>
    public string Dependants =>
        $"""
        SELECT t.ctid::text, t.xmin::text FROM (SELECT t.* FROM ONLY {referenced.Name} AS t WHERE {ThisRow}) AS q
        JOIN ONLY {child.Name} AS t ON {Matches("q")} LIMIT {Limits.Orphans.ToString(CultureInfo.InvariantCulture)}
        """;

    /// <summary>Of the rows that one transaction deleted one that another of them ($1) refers to, and which is missing.</summary>
    public string ParentsOf =>
        $"""
        WITH d AS MATERIALIZED (
          SELECT d.id, d.image::{referenced.Name} AS p FROM kafkabridge.parent_delete AS d
          JOIN kafkabridge.parent_delete AS e ON {SameTransaction}
          WHERE e.id = $1 AND d.relid = {referenced.Oid} AND d.op IN ('{ParentDeleteSql.Deleted}', '{ParentDeleteSql.Taken}'))
        SELECT d.id FROM d CROSS JOIN (
          SELECT (i.n).* FROM (SELECT e.image::{child.Name} AS n FROM kafkabridge.parent_delete AS e WHERE e.id = $1 OFFSET 0) AS i) AS t
        WHERE {Matches("(d.p)")} AND {Missing} LIMIT 1
        """;

    /// <summary>Inserts the row that a delete ($1) took, where its key is free.</summary>
    public static string Restore(TableSql t) =>
        $"""
        INSERT INTO {t.Name} ({t.InsertColumns}) OVERRIDING SYSTEM VALUE
        SELECT {t.InsertValuesOf("(i.n)")}
        FROM (SELECT d.image::{t.Name} AS n FROM kafkabridge.parent_delete AS d WHERE d.id = $1 OFFSET 0) AS i
        ON CONFLICT DO NOTHING
        """;

    const string ThisRow = "t.ctid = $1::text::tid AND t.xmin = $2::text::xid";

    const string SameTransaction = "(e.writer, e.epoch, e.commit_lsn) = (d.writer, d.epoch, d.commit_lsn)";

    /// <summary>What was deleted; and, by value, what was given up, and what was written and is not known to be gone since.</summary>
    string Rows(bool changed) =>
        $"""
        WITH d AS MATERIALIZED (
          SELECT d.*, d.image::{referenced.Name} AS p FROM kafkabridge.parent_delete AS d
          WHERE d.id = ANY ($1) AND d.relid = {referenced.Oid} AND {(changed ? NotGoneSince : $"d.op = '{ParentDeleteSql.Deleted}'")})
        """;

    string NotGoneSince =>
        $"""
        d.op <> '{ParentDeleteSql.Truncated}' AND (d.op <> '{ParentDeleteSql.Written}' OR NOT EXISTS (
            SELECT FROM kafkabridge.parent_delete AS e
            WHERE e.relid = {referenced.Oid}
              AND e.op IN ('{ParentDeleteSql.Deleted}', '{ParentDeleteSql.GivenUp}', '{ParentDeleteSql.Truncated}')
              AND ROW(e.tick, e.writer, e.epoch, e.commit_lsn, e.ordinal) > ROW(d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal)
              AND (e.op = '{ParentDeleteSql.Truncated}' OR {SameValues})))
        """;

    string Truncates =>
        $"""
        WITH d AS MATERIALIZED (
          SELECT d.* FROM kafkabridge.parent_delete AS d
          WHERE d.id = ANY ($1) AND d.relid = {referenced.Oid} AND d.op = '{ParentDeleteSql.Truncated}')
        """;

    /// <summary>The rows that the TRUNCATEs took.</summary>
    string Taken =>
        $"""
        WITH d AS MATERIALIZED (
          SELECT d.*, d.image::{referenced.Name} AS p FROM kafkabridge.parent_delete AS d
          WHERE d.relid = {referenced.Oid} AND d.op = '{ParentDeleteSql.Taken}' AND EXISTS (
            SELECT FROM kafkabridge.parent_delete AS e
            WHERE e.id = ANY ($1) AND e.relid = d.relid AND e.op = '{ParentDeleteSql.Truncated}' AND {SameTransaction}))
        """;

    string Resolver(ForeignKeyRule rule) => IsByValue && rule == ForeignKeyRule.RestoreParent
        ? $"CASE WHEN d.op IN ('{ParentDeleteSql.GivenUp}', '{ParentDeleteSql.Written}') THEN {Literal(ForeignKeyRule.Report.Name())} "
          + $"ELSE {Literal(rule.Name())} END"
        : Literal(rule.Name());

    /// <summary>In the words of the functions: what they take of their call stands in v.</summary>
    /// <param name="truncated">Whatever a row refers to.</param>
    string Orphans(ReferringRows rows, bool truncated) =>
        $"""
        FROM d CROSS JOIN (
          SELECT $2::integer AS own, $3::timestamptz AS adopted_at, '0'::xid AS me, 0::bigint AS tick, 0 AS writer) AS v
        CROSS JOIN {rows.From}
        WHERE {(truncated ? Refers : Matches("(d.p)"))} AND {Missing}{rows.Only}
        """;

    string Refers => string.Join(" AND ", key.Columns.Select(column => $"t.{Quote(column.Name)} IS NOT NULL"));

    string Matches(string parent) => string.Join(
        " AND ", key.Columns.Select(column => Equal($"{parent}.{Quote(column.Referenced)}", column)));

    /// <summary>Where its rows are.</summary>
    IEnumerable<string> Stores =>
        new[] { $"ONLY {referenced.Name}", referenced.Table.HasClaims ? new ClaimSql(referenced).Hidden : null }.OfType<string>();

    string Missing => NotThere(Equal);

    /// <param name="matches">Whether a column that is referred to has the value that is looked for.</param>
    string NotThere(Func<string, ForeignKeyColumn, string> matches)
    {
        var row = string.Join(" AND ", key.Columns.Select(column => matches($"q.{Quote(column.Referenced)}", column)));
        return string.Join(" AND ", Stores.Select(store => $"NOT EXISTS (SELECT FROM {store} AS q WHERE {row})"));
    }

    /// <summary>By the rules of the column that is referred to, as the server does where the two have others.</summary>
    string Equal(string value, ForeignKeyColumn column)
    {
        var (rules, others) = (CollationOf(referenced, column.Referenced), CollationOf(child, column.Name));
        return $"{value}{(rules == others ? "" : $" COLLATE {rules ?? "pg_catalog.\"default\""}")} {column.Matches} t.{Quote(column.Name)}";
    }

    string SameValues => string.Join(" AND ", key.Columns.Select(column => $"{Value("e", column)} = {Value("d", column)}"));

    string Value(string alias, ForeignKeyColumn column) => $"({alias}.image::{referenced.Name}).{Quote(column.Referenced)}::text";

    static string? CollationOf(TableSql table, string name) => table.Table.Columns.First(column => column.Name == name).Collation;

    static string Texts(IEnumerable<string> values) => $"ARRAY[{string.Join(", ", values)}]::text[]";

    static string Literal(string text) => SqlIdentifier.Literal(text);

    static string Quote(string name) => SqlIdentifier.Quote(name);
}
