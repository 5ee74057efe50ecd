using System.Globalization;
using KafkaBridge.Postgres;

namespace KafkaBridge.Apply.Sql;

/// <summary>
/// One table's names and fragments as the generated functions need them. In those every variable is qualified by the
/// block's label <c>v</c> and every column by its alias, so that no column's name can be taken for a variable.
/// </summary>
public sealed class TableSql(TableDefinition table)
{
    public TableDefinition Table { get; } = table;

    /// <summary>By a foreign key's rule rows of it may be brought back: what a TRUNCATE takes is kept.</summary>
    public bool IsRestored { get; init; }

    public string Oid { get; } = table.Oid.ToString(CultureInfo.InvariantCulture);

    public string Name { get; } = SqlIdentifier.Quote(table.Name);

    /// <summary>Columns that are written at all.</summary>
    public IReadOnlyList<ColumnDefinition> Written { get; } = [.. table.Columns.Where(column => !column.IsGenerated)];

    public string InsertColumns => List(Written, column => SqlIdentifier.Quote(column.Name));

    public string InsertValues => InsertValuesOf("v.n");

    /// <summary>An identity column GENERATED ALWAYS takes no UPDATE; at the source neither.</summary>
    public IReadOnlyList<ColumnDefinition> Updated => [.. Written.Where(column => !column.IsIdentityAlways)];

    public string Assignments => AssignmentsOf("v.n");

    /// <summary>Columns whose place in the mask is not 0 keep their value.</summary>
    public string MaskedAssignments => List(Updated, column =>
    {
        var name = SqlIdentifier.Quote(column.Name);
        var place = (Table.Columns.ToList().IndexOf(column) + 1).ToString(CultureInfo.InvariantCulture);
        return $"{name} = CASE WHEN pg_catalog.substr(v.unchanged, {place}, 1) = '0' THEN v.n.{name} ELSE t.{name} END";
    });

    public string KeyColumns => List(Table.KeyColumns, column => SqlIdentifier.Quote(column.Name));

    public string KeyMatches => KeyMatchesOf("v.n");

    /// <summary>The stored row's key as row_version has it.</summary>
    public string KeyText => $"ROW({List(Table.KeyColumns, column => "t." + SqlIdentifier.Quote(column.Name))})::text";

    public string Tombstone => $"kafkabridge.tombstone_{Oid}";

    public string TombstoneKeys => string.Join(", ", Table.KeyColumns.Select((_, i) => Key(i)));

    public string TombstoneValues => TombstoneValuesOf("v.n");

    public string TombstoneMatches => TombstoneMatchesOf("v.n");

    public string CreateTombstone =>
        $"""
        CREATE TABLE IF NOT EXISTS {Tombstone} (
          {string.Join(",\n  ", Table.KeyColumns.Select((column, i) =>
              $"{Key(i)} {column.TypeName}{(column.Collation is { } collation ? " COLLATE " + collation : "")} NOT NULL"))},
          tick bigint NOT NULL,
          writer integer NOT NULL,
          epoch integer NOT NULL,
          commit_lsn pg_lsn NOT NULL,
          ordinal integer NOT NULL,
          CONSTRAINT tombstone_{Oid}_key PRIMARY KEY ({TombstoneKeys})
        );
        CREATE INDEX IF NOT EXISTS tombstone_{Oid}_tick ON {Tombstone} (tick);
        """;

    /// <param name="row">An expression of the table's row type.</param>
    public string InsertValuesOf(string row) => List(Written, column => $"{row}.{SqlIdentifier.Quote(column.Name)}");

    public string AssignmentsOf(string row) =>
        List(Updated, column => $"{SqlIdentifier.Quote(column.Name)} = {row}.{SqlIdentifier.Quote(column.Name)}");

    public string TombstoneValuesOf(string row) => List(Table.KeyColumns, column => $"{row}.{SqlIdentifier.Quote(column.Name)}");

    public string KeyMatchesOf(string row) => string.Join(" AND ", Table.KeyColumns.Select(column =>
        $"t.{SqlIdentifier.Quote(column.Name)} {column.Equality} {row}.{SqlIdentifier.Quote(column.Name)}"));

    public string TombstoneMatchesOf(string row) => string.Join(" AND ", Table.KeyColumns.Select((column, i) =>
        $"d.{Key(i)} {column.Equality} {row}.{SqlIdentifier.Quote(column.Name)}"));

    /// <summary>The rows as t, each with its commit time, where there is no key to note anything else by.</summary>
    public string VisibleWithoutKey =>
        $"ONLY {Name} AS t\nLEFT JOIN LATERAL pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS c ON true";

    static string Key(int index) => string.Create(CultureInfo.InvariantCulture, $"k{index + 1}");

    static string List(IEnumerable<ColumnDefinition> columns, Func<ColumnDefinition, string> text) =>
        string.Join(", ", columns.Select(text));
}
