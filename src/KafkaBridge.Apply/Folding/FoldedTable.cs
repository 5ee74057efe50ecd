using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using KafkaBridge.Changes.Conflicts;
using KafkaBridge.Postgres;

namespace KafkaBridge.Apply.Folding;

/// <summary>
/// A table whose rules need a row's history: its fold, and the SQL that reads and writes one row of it. A row is its
/// columns' texts, the generated ones left out, in the table's order.
/// </summary>
sealed class FoldedTable
{
    readonly int[] keys; // places of the key's columns in a row
    readonly int[] sets; // of the columns that an update writes
    readonly ColumnDefinition[] columns;

    public FoldedTable(TableDefinition table, TableRule rule, IReadOnlyList<int> priorities)
    {
        Definition = table;
        Rule = rule;
        columns = [.. table.Columns.Where(column => !column.IsGenerated)];
        keys = [.. Enumerable.Range(0, columns.Length).Where(i => columns[i].IsKey)];
        sets = [.. Enumerable.Range(0, columns.Length).Where(i => !columns[i].IsKey && !columns[i].IsIdentityAlways)];
        Fold = new RowFold<string?>(
            rule.Row, priorities, [.. columns.Select(column => rule.Columns.GetValueOrDefault(column.Name))], ColumnMerge.Merge);
    }

    public TableDefinition Definition { get; }
    public TableRule Rule { get; }
    public RowFold<string?> Fold { get; }
    public int Width => columns.Length;
    public IReadOnlyList<string> ColumnNames => [.. columns.Select(column => column.Name)];
    public IReadOnlyList<string> KeyNames => [.. keys.Select(key => columns[key].Name)];

    string Name => SqlIdentifier.Quote(Definition.Name);

    public string KeyText(string?[] key) => KeyJson.Text(KeyNames, key, int.MaxValue);

    public string?[] KeyOf(string?[] row) => [.. keys.Select(key => row[key])];

    /// <summary>
    /// Asks the function that decides: its digest, whether it says that there is no row, and the row's columns. $1 to $6 are its
    /// arguments, $7 the digest that it must have to be called at all.
    /// </summary>
    public string Call =>
        $"""
        SELECT a.digest, a.answer IS NULL,
          {string.Join(", ", columns.Select(column => Text($"(a.answer).{SqlIdentifier.Quote(column.Name)}")))}
        FROM (SELECT d.digest, CASE WHEN d.digest = $7 THEN {Function}(
                $1::{Name}, $2::timestamptz, $3::text, $4::{Name}, $5::timestamptz, $6::text) END AS answer
              FROM ({CallDigest} OFFSET 0) AS d OFFSET 0) AS a
        """;

    public string CallDigest =>
        $"""
        SELECT {RowFunction.DigestSql} AS digest FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
        WHERE p.oid = {SqlIdentifier.Literal(RowFunction.Signature(Rule.Row.Function!, Definition))}::regprocedure
        """;

    string Function => SqlIdentifier.Quote(Rule.Row.Function!);

    /// <summary>The row as a literal of the table's row type; generated columns are null.</summary>
    public string Literal(string?[] row)
    {
        var values = columns.Zip(row).ToDictionary(pair => pair.First, pair => pair.Second);
        return $"({string.Join(',', Definition.Columns.Select(column => Quoted(values.GetValueOrDefault(column))))})";

        static string Quoted(string? value) => value is null
            ? ""
            : $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    public static byte[] HashOf(string?[] key) => SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(key, KeyJson.Default.StringArray));

    /// <summary>
    /// The row of the key ($1 …), locked: whether a session of this node wrote it (what the present transaction wrote has no
    /// commit time and no origin yet; nor does who wrote what was rewritten), then its columns.
    /// </summary>
    public string Read =>
        $"""
        SELECT t.xmin <> pg_catalog.pg_current_xact_id()::xid AND NOT EXISTS (
                           SELECT FROM pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS c
                           JOIN kafkabridge.origin AS g ON g.roident = c.roident)
            AND NOT EXISTS (SELECT FROM kafkabridge.rewrite AS w WHERE w.relid = {Definition.Oid} AND w.row_xmin = t.xmin),
          {string.Join(", ", columns.Select(column => Text($"t.{SqlIdentifier.Quote(column.Name)}")))}
        FROM ONLY {Name} AS t WHERE {KeyIs(1)} FOR UPDATE
        """;

    /// <summary>Writes nothing where the key has a row meanwhile. $1 … are the row.</summary>
    public string Insert =>
        $"INSERT INTO {Name} ({string.Join(", ", columns.Select(column => SqlIdentifier.Quote(column.Name)))}) OVERRIDING SYSTEM VALUE "
        + $"VALUES ({string.Join(", ", columns.Select((_, i) => Parameter(i + 1)))}) ON CONFLICT DO NOTHING";

    /// <summary>$1 … are <see cref="UpdateValues"/>.</summary>
    public string Update =>
        sets.Length == 0
            ? "SELECT 1"
            : $"UPDATE ONLY {Name} AS t SET {string.Join(", ", sets.Select((set, i) =>
                $"{SqlIdentifier.Quote(columns[set].Name)} = {Parameter(i + 1)}"))} WHERE {KeyIs(sets.Length + 1)}";

    /// <summary>What an update sets, then the key.</summary>
    public string?[] UpdateValues(string?[] row) => sets.Length == 0 ? [] : [.. sets.Select(set => row[set]), .. KeyOf(row)];

    /// <summary>$1 … are the key.</summary>
    public string Delete => $"DELETE FROM ONLY {Name} AS t WHERE {KeyIs(1)}";

    string KeyIs(int first) => string.Join(
        " AND ", keys.Select((key, i) => $"t.{SqlIdentifier.Quote(columns[key].Name)} = {Parameter(first + i)}"));

    /// <summary>As the stream writes it: a cast to text may change a value (char(n)).</summary>
    static string Text(string column) => $"CASE WHEN {column} IS DISTINCT FROM NULL THEN pg_catalog.format('%s', {column}) END";

    static string Parameter(int number) => string.Create(CultureInfo.InvariantCulture, $"${number}");
}
