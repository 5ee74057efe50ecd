namespace KafkaBridge.Changes.Conflicts;

/// <summary>How the writes of one table's rows are put together where their writers did not know each other's.</summary>
/// <param name="Columns">Columns that have a rule of their own; the others go with the row.</param>
public sealed record TableRule(RowRule Row, IReadOnlyDictionary<string, ColumnRule> Columns)
{
    /// <summary>It can't be decided by two versions: the writes of a row are kept until every node has them.</summary>
    public bool NeedsHistory => !Row.IsLastUpdateWins || Columns.Count > 0;

    public static TableRule Of(RowRule row) => new(row, new Dictionary<string, ColumnRule>());

    /// <summary>
    /// What decides a conflict of that kind. Of two deletes neither is lost: error stops nobody, and there is nothing to ask.
    /// </summary>
    public string Resolver(ConflictKind kind) => Text(Row.NameOf(Row.For(kind) switch
    {
        ConflictRule.Error when kind == ConflictKind.DeleteMissing => ConflictRule.Manual,
        ConflictRule.SqlFunction when kind == ConflictKind.DeleteMissing => ConflictRule.LastUpdateWins,
        var rule => rule,
    }));

    /// <summary>Neither of the two rows is kept as it is: columns have rules of their own, or a function decides.</summary>
    public bool PutsTogether(ConflictKind kind) =>
        Columns.Count > 0 || (Row.For(kind) == ConflictRule.SqlFunction && kind != ConflictKind.DeleteMissing);

    /// <summary>As the configuration has it, in one order: two rules are one where their texts are.</summary>
    public override string ToString() => Text(Row.ToString());

    string Text(string row) => string.Join(
        ", ", Columns.OrderBy(column => column.Key, StringComparer.Ordinal)
            .Select(column => $"{column.Key}: {column.Value.Name()}").Prepend(row));
}
