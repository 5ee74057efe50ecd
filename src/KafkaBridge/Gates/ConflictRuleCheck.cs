using KafkaBridge.Changes.Conflicts;
using KafkaBridge.Options;
using KafkaBridge.Postgres;

namespace KafkaBridge.Gates;

/// <summary>Whether the tables and columns that <c>conflicts</c> names are there and can have the rules that it gives them.</summary>
internal static class ConflictRuleCheck
{
    static readonly uint[] Exact = [20, 21, 23, 1700]; // bigint, smallint, integer, numeric
    static readonly uint[] Times = [1082, 1114, 1184]; // date, timestamp, timestamptz
    static readonly uint[] Texts = [25, 1043];
    static readonly uint[] Json = [114, 3802];

    public static IEnumerable<Finding> Findings(ConflictOptions options, IReadOnlyList<TableDefinition> tables)
    {
        var names = tables.Select(table => table.Name.ToString()).ToHashSet();
        foreach (var name in options.Tables.Keys.Where(name => !names.Contains(name)))
        {
            yield return Error(
                $"'conflicts' names the table {name}, which is not replicated.",
                NearestName.Of(name, names) is { } nearest ? $"write {nearest}" : "add it to 'tables', or take it out of 'conflicts'");
        }

        foreach (var table in tables)
        {
            var rule = options.For(table.Name.ToString());
            if (rule.NeedsHistory)
            {
                foreach (var finding in Findings(rule, table))
                {
                    yield return finding;
                }
            }
        }
    }

    static IEnumerable<Finding> Findings(TableRule rule, TableDefinition table)
    {
        if (rule.Row.Uses(ConflictRule.Error) && rule.Columns.Count > 0)
        {
            yield return Error(
                $"the table {table.Name} can't have the rule {rule}: error stops the origin of the write that lost, and where "
                + "columns are put together none loses.",
                $"write manual, or take the columns of {table.Name} out of 'conflicts'");
        }

        if (!table.HasKey || table.KeyIsDeferrable || table.KeyColumns.Any(column => !column.IsEqualAsText))
        {
            yield return Error(
                $"the table {table.Name} can't have the rule {rule}: it needs a primary key, not deferrable, of types whose equal values "
                + "are written alike (integers, text, uuid, date, boolean, bytea).",
                $"leave {table.Name} to last_update_wins");
        }

        if (table.HasClaims)
        {
            yield return Error(
                $"the table {table.Name} can't have the rule {rule}: it has unique values besides its key, and which row shows of two "
                + "that claim one is decided by last_update_wins only.",
                $"leave {table.Name} to last_update_wins");
        }

        foreach (var (name, columnRule) in rule.Columns)
        {
            if (table.Columns.FirstOrDefault(column => column.Name == name) is not { } column)
            {
                yield return Error($"'conflicts' names the column {name} of {table.Name}, and there is none.",
                    NearestName.Of(name, table.Columns.Select(one => one.Name)) is { } nearest ? $"write {nearest}" : null);
            }
            else if (column.IsKey || column.IsGenerated || !Fits(columnRule, column))
            {
                var kind = column.IsKey ? ", key" : column.IsGenerated ? ", generated" : "";
                yield return Error(
                    $"the column {table.Name}.{name} ({column.TypeName}{kind}) can't have the rule {columnRule.Name()}: "
                    + $"{Needs(columnRule)}.",
                    $"take {name} out of 'conflicts'");
            }
        }
    }

    static bool Fits(ColumnRule rule, ColumnDefinition column) => rule switch
    {
        ColumnRule.Delta => Exact.Contains(column.TypeOid),
        ColumnRule.Max or ColumnRule.Min => Exact.Contains(column.TypeOid) || Times.Contains(column.TypeOid),
        ColumnRule.SetUnion => column.TypeName.EndsWith("[]", StringComparison.Ordinal),
        ColumnRule.TextMerge => Texts.Contains(column.TypeOid),
        ColumnRule.JsonMerge => Json.Contains(column.TypeOid),
        _ => true,
    };

    static string Needs(ColumnRule rule) => rule switch
    {
        ColumnRule.Delta => "it takes integers and numeric, whose sums are exact in any order",
        ColumnRule.Max or ColumnRule.Min => "it takes integers, numeric, date, timestamp and timestamptz",
        ColumnRule.SetUnion => "it takes arrays",
        ColumnRule.TextMerge => "it takes text and varchar",
        ColumnRule.JsonMerge => "it takes json and jsonb",
        _ => "a key or a generated column goes with its row",
    };

    static Finding Error(string sentence, string? remedy) => Finding.Error("cluster", sentence, remedy);
}
