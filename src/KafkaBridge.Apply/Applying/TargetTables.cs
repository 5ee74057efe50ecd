using System.Runtime.CompilerServices;
using KafkaBridge.Apply.Reading;
using KafkaBridge.Apply.Sql;
using KafkaBridge.Changes;
using KafkaBridge.Postgres;
using KafkaBridge.Wire;

namespace KafkaBridge.Apply.Applying;

/// <summary>This node's tables by name, and how each writer's columns map to theirs.</summary>
sealed class TargetTables(IReadOnlyList<TableDefinition> tables)
{
    readonly Dictionary<RelationName, int> numbers =
        tables.Select((table, i) => (table.Name, i)).ToDictionary(pair => pair.Name, pair => pair.i);
    readonly bool referToValues = tables.Any(table => table.ReferencedValues.Count > 0);
    readonly ConditionalWeakTable<IReadOnlyList<WireColumn>, RowMapping> mappings = [];

    public IReadOnlyList<TableDefinition> All { get; } = tables;

    /// <summary>Rows may be hidden in some table, so a local transaction has to settle before it commits.</summary>
    public bool HaveClaims { get; } = tables.Any(table => table.HasClaims);

    /// <exception cref="UnfitChangeException">The table isn't here, or its columns don't fit.</exception>
    public TargetChange Target(IncomingChange change)
    {
        if (!numbers.TryGetValue(change.Relation, out var index))
        {
            throw new UnfitChangeException(
                $"table {change.Relation} is not in this database or not in its configuration. Create it here or leave it out at the "
                    + "writer");
        }

        var op = change.Op == 'r' ? 'c' : change.Op;
        var values = op == 'd' ? change.Before : change.After;
        if (op == 't' || values is null)
        {
            return op == 't'
                ? new TargetChange(index + 1, 't', null, null, change.Ordinal, change.Bytes, null)
                : throw new UnfitChangeException(
                    $"a change of table {change.Relation} has no row image. Report it: nothing was applied of its transaction");
        }

        var mapping = Mapping(change, index);
        var target = new TargetChange(
            index + 1, op, mapping.Row(values), op == 'd' ? null : mapping.Unchanged(values),
            change.Ordinal, change.Bytes, mapping.KeyHash(values));
        return target with { Sharing = SharingOf(target, All[index]), IsObserved = All[index].IsObserved };
    }

    static Sharing SharingOf(TargetChange change, TableDefinition table) =>
        table.HasClaims || change.Unchanged is not null || (change.Op == 'd' && table.IsReferenced) ? Sharing.Alone
            : table.HasKey && change.KeyHash is not null ? Sharing.OtherRows
            : change.Op == 'c' ? Sharing.Inserts
            : Sharing.Alone;

    /// <summary>
    /// What a change of this node's own held till it committed: hidden rows that claim it are to be settled, all of them where the
    /// record doesn't have the whole row. Null where no row is ever hidden.
    /// </summary>
    public TargetChange? Released(IncomingChange change)
    {
        if (change.Op is not ('u' or 'd') || !numbers.TryGetValue(change.Relation, out var index) || !All[index].HasClaims)
        {
            return null;
        }

        var row = change.Before is { } before && IsWhole(change.Columns, before) && RowMapping.Fits(change.Columns, All[index])
            ? Mapping(change, index).Row(before)
            : null;
        return new TargetChange(index + 1, 's', row, null, change.Ordinal, row is null ? 0 : change.Bytes, null);
    }

    /// <summary>
    /// What a change gives a row, and takes from it, of values besides the key that foreign keys refer to; a delete says so itself.
    /// </summary>
    public IEnumerable<TargetChange> Referenced(IncomingChange change)
    {
        if (!referToValues || change is not { Op: 'c' or 'u', After: { } after } || !numbers.TryGetValue(change.Relation, out var index)
            || All[index].ReferencedValues is not { Count: > 0 } values)
        {
            yield break;
        }

        var mapping = Mapping(change, index);
        if (change.Before is { } before
            && Enumerable.Range(0, after.Length).Any(i => values.Contains(change.Columns[i].Name) && !before[i].Equals(after[i])))
        {
            yield return Noted(ParentDeleteSql.GivenUp[0], before);
        }

        yield return Noted(ParentDeleteSql.Written[0], after);

        TargetChange Noted(char op, ColumnValue[] row) =>
            new(index + 1, op, mapping.Row(row), null, change.Ordinal, change.Bytes, null);
    }

    /// <summary>Of an old row that is its key only, all else is null; one that is truly so is taken for that.</summary>
    static bool IsWhole(IReadOnlyList<WireColumn> columns, ColumnValue[] row) =>
        Enumerable.Range(0, row.Length).Any(i => !columns[i].IsKey && row[i].Kind == ColumnValueKind.Text)
        && Array.TrueForAll(row, value => value.Kind != ColumnValueKind.Unchanged);

    RowMapping Mapping(IncomingChange change, int index) =>
        mappings.GetValue(change.Columns, columns => RowMapping.Between(columns, All[index])); // several lanes may come at once
}

/// <param name="Table">The table's number in kafkabridge.apply_changes.</param>
/// <param name="Row">A literal of its row type in UTF-8.</param>
/// <param name="KeyHash">Null: no other session may change the table meanwhile.</param>
readonly record struct TargetChange(int Table, char Op, byte[]? Row, string? Unchanged, int Ordinal, int Bytes, int? KeyHash)
{
    public Sharing Sharing { get; init; }

    /// <summary>See <see cref="TableDefinition.IsObserved"/>.</summary>
    public bool IsObserved { get; init; }

    /// <summary>The same of this node's own, applied to itself: each is decided by itself, in its order.</summary>
    public TargetChange AsOwn(char op) => this with { Op = op, Sharing = Sharing.Alone };
}
