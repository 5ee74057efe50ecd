namespace KafkaBridge.Changes.Conflicts;

/// <summary>How the writes of one table's rows are put together where their writers did not know each other's.</summary>
/// <param name="Columns">Columns that have a rule of their own; the others go with the row.</param>
public sealed record TableRule(ConflictRule Row, IReadOnlyDictionary<string, ColumnRule> Columns)
{
    public static readonly TableRule LastUpdateWins = new(ConflictRule.LastUpdateWins, new Dictionary<string, ColumnRule>());

    /// <summary>It can't be decided by two versions: the writes of a row are kept until every node has them.</summary>
    public bool NeedsHistory => Row != ConflictRule.LastUpdateWins || Columns.Count > 0;

    /// <summary>As the configuration has it, in one order: two rules are one where their texts are.</summary>
    public override string ToString() => string.Join(
        ", ", Columns.OrderBy(column => column.Key, StringComparer.Ordinal)
            .Select(column => $"{column.Key}: {column.Value.Name()}").Prepend(Row.Name()));
}
