using KafkaBridge.Changes.Conflicts;
using YamlDotNet.RepresentationModel;

namespace KafkaBridge.Options;

/// <summary>
/// Reads <c>conflicts</c>: a default, a rule for a table, or rules for a table's columns, in which "*" is the row's.
/// <c>tables: { public.accounts: { "*": first_update_wins, balance: delta }, public.notes: origin_priority }</c>.
/// </summary>
internal sealed class ConflictOptionsReader(ConfigurationTree tree)
{
    const string Row = "*";

    /// <param name="nodes">What priority may name.</param>
    public ConflictOptions Read(YamlNode value, IReadOnlyCollection<string> nodes)
    {
        var options = ConflictOptions.LastUpdateWins;
        foreach (var (key, _, body) in tree.Entries(value, "conflicts", ["default", "tables", "priority"]))
        {
            options = key switch
            {
                "default" => options with { Default = Parse(body, "conflicts.default", ConflictRuleNames.Parse) },
                "priority" => options with { Priority = Priority(body, nodes) },
                _ => options with { Tables = Tables(body) },
            };
        }

        var preferring = options.Tables.Values.Select(rule => rule.Row).Append(options.Default).Contains(ConflictRule.OriginPriority);
        if (preferring && options.Priority.Count == 0)
        {
            tree.Report(
                value, "'conflicts' has origin_priority, and no list of nodes, the preferred first.",
                $"priority: [{string.Join(", ", nodes)}]");
        }

        return options;
    }

    List<string> Priority(YamlNode value, IReadOnlyCollection<string> nodes)
    {
        if (value is not YamlSequenceNode list)
        {
            tree.Report(value, "'conflicts.priority' must be a list of nodes, the preferred first.");
            return [];
        }

        List<string> names = [.. list.Children.Select(item => tree.Scalar(item, "conflicts.priority")).OfType<string>()];
        foreach (var name in names.Where(name => !nodes.Contains(name)))
        {
            tree.Report(value, $"'conflicts.priority' names '{name}', and there is no such node.");
        }

        if (names.Distinct().Count() != names.Count)
        {
            tree.Report(value, "'conflicts.priority' names a node twice.");
        }

        return names;
    }

    Dictionary<string, TableRule> Tables(YamlNode value)
    {
        var tables = new Dictionary<string, TableRule>();
        foreach (var (table, keyNode, body) in tree.Entries(value, "conflicts.tables", null))
        {
            if (table.IndexOf('.', StringComparison.Ordinal) is var dot && (dot <= 0 || dot == table.Length - 1))
            {
                tree.Report(keyNode, $"'conflicts.tables' names '{table}'; the form is schema.table.");
                continue;
            }

            tables[table] = Table(body, $"conflicts.tables.{table}");
        }

        return tables;
    }

    TableRule Table(YamlNode value, string path)
    {
        if (value is not YamlMappingNode)
        {
            return TableRule.LastUpdateWins with { Row = Parse(value, path, ConflictRuleNames.Parse) };
        }

        var row = ConflictRule.LastUpdateWins;
        var columns = new Dictionary<string, ColumnRule>();
        foreach (var (column, _, body) in tree.Entries(value, path, null))
        {
            if (column == Row)
            {
                row = Parse(body, $"{path}.{column}", ConflictRuleNames.Parse);
            }
            else
            {
                columns[column] = Parse(body, $"{path}.{column}", ColumnRuleNames.Parse);
            }
        }

        return new TableRule(row, columns);
    }

    T Parse<T>(YamlNode at, string path, Func<string, T> parse)
        where T : struct
    {
        try
        {
            return tree.Scalar(at, path) is { } name ? parse(name) : default;
        }
        catch (FormatException exception)
        {
            tree.Report(at, $"'{path}': {exception.Message}");
            return default;
        }
    }
}
