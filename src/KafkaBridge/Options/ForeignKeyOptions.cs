using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.Options;

/// <summary>What becomes of rows whose foreign key refers to a deleted row.</summary>
/// <param name="Default">For tables that are not named.</param>
/// <param name="Tables">By schema.table: the table that refers.</param>
internal sealed record ForeignKeyOptions(ForeignKeyRule Default, IReadOnlyDictionary<string, ForeignKeyRule> Tables)
{
    public static readonly ForeignKeyOptions Report = new(ForeignKeyRule.Report, new Dictionary<string, ForeignKeyRule>());

    public ForeignKeyRule For(RelationName table) => Tables.GetValueOrDefault(table.ToString(), Default);

    /// <summary>Some rule is more than a report.</summary>
    public bool Act => Tables.Values.Append(Default).Any(rule => rule != ForeignKeyRule.Report);

    /// <summary>In one order; empty where all is as it is without the key.</summary>
    public IEnumerable<string> Lines =>
    [
        .. Default == ForeignKeyRule.Report ? (string[])[] : [$"conflicts foreign_keys {Default.Name()}"],
        .. from table in Tables
           where table.Value != Default
           orderby table.Key
           select $"conflicts foreign_keys {table.Key} {table.Value.Name()}",
    ];
}
