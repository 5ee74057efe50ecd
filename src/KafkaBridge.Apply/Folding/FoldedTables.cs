using KafkaBridge.Apply.Applying;
using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;
using KafkaBridge.Postgres;
using KafkaBridge.Wire;
using IncomingChange = KafkaBridge.Apply.Reading.IncomingChange;

namespace KafkaBridge.Apply.Folding;

/// <summary>The tables whose rules need a row's history, and their changes as rows of texts.</summary>
sealed class FoldedTables(
    IEnumerable<TableDefinition> tables, IReadOnlyDictionary<RelationName, TableRule> rules, IReadOnlyList<int> priorities)
{
    readonly Dictionary<RelationName, FoldedTable> byName = tables.Where(table => rules.ContainsKey(table.Name))
        .ToDictionary(table => table.Name, table => new FoldedTable(table, rules[table.Name], priorities));

    /// <summary>By a table's rule the writer of what lost is to stop.</summary>
    public bool StopsLosers => byName.Values.Any(table => table.Rule.Row.Uses(ConflictRule.Error));

    public FoldedTable? Find(RelationName name) => byName.GetValueOrDefault(name);

    public FoldedTable? Find(uint oid) => byName.Values.FirstOrDefault(table => table.Definition.Oid == oid);

    /// <exception cref="UnfitChangeException">A TRUNCATE, or a change whose columns are not the table's.</exception>
    public static FoldedChange Change(FoldedTable table, IncomingChange change)
    {
        if (change.Op == 't')
        {
            throw new UnfitChangeException(
                $"table {change.Relation} was truncated at its writer, and how its conflicts are decided ({table.Rule}) needs the history "
                + "of each row. Leave the transaction out and DELETE FROM the table at the writer; apply puts a trigger there that "
                + "refuses TRUNCATE");
        }

        if (!RowMapping.Fits(change.Columns, table.Definition))
        {
            throw new UnfitChangeException(
                $"table {change.Relation} has other columns here than the change has. Give it the same columns on every node: how its "
                + $"conflicts are decided ({table.Rule}) compares whole rows");
        }

        var isInsert = change.Op is 'c' or 'r';
        if (!isInsert && (change.Before is not { } before || Array.Exists(before, value => value.Kind == ColumnValueKind.Unchanged)))
        {
            throw new UnfitChangeException(
                $"a change of table {change.Relation} has no whole old row, and how its conflicts are decided ({table.Rule}) needs it. At "
                + $"its writer: ALTER TABLE {SqlIdentifier.Quote(change.Relation)} REPLICA IDENTITY FULL; what was written before that has "
                + "to be left out and written again");
        }

        var places = table.ColumnNames.Select(name => Place(change.Columns, name)).ToArray();
        var (old, now) = (isInsert ? null : Row(places, change.Before), change.Op == 'd' ? null : Row(places, change.After));
        var key = table.KeyOf(now ?? old!);
        var hash = default(HashCode);
        Array.ForEach(key, hash.Add);
        return new FoldedChange(table, old, now, key, change.Ordinal, change.Bytes, hash.ToHashCode());
    }

    static string?[]? Row(int[] places, ColumnValue[]? values) =>
        values is null ? null : [.. places.Select(place => values[place].ToString())];

    static int Place(IReadOnlyList<WireColumn> columns, string name)
    {
        var place = 0;
        while (columns[place].Name != name)
        {
            place++;
        }

        return place;
    }
}
