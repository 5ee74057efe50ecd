using KafkaBridge.Changes.Conflicts;
using YamlDotNet.RepresentationModel;

namespace KafkaBridge.Options;

/// <summary>
/// Reads <c>conflicts</c>: a default, a rule for a table, or rules for a table's columns, in which "*" is the row's.
/// <c>tables: { public.accounts: { "*": first_update_wins, balance: delta }, public.notes: origin_priority }</c>.
/// A row's rule may be a mapping: a default, strategies for some kinds of conflict, and <c>when: concurrent</c>.
/// </summary>
internal sealed class ConflictOptionsReader(ConfigurationTree tree)
{
    const string Row = "*";
    static readonly string[] RowKeys = ["default", "when", .. Enum.GetValues<ConflictKind>().Select(kind => kind.Name())];

    /// <param name="nodes">What priority may name.</param>
    public ConflictOptions Read(YamlNode value, IReadOnlyCollection<string> nodes)
    {
        var options = ConflictOptions.LastUpdateWins;
        foreach (var (key, _, body) in tree.Entries(value, "conflicts", ["default", "tables", "priority", "foreign_keys"]))
        {
            options = key switch
            {
                "default" => options with { Default = RuleOfRow(body, "conflicts.default") },
                "priority" => options with { Priority = Priority(body, nodes) },
                "foreign_keys" => options with { ForeignKeys = ForeignKeys(body) },
                _ => options with { Tables = Tables(body) },
            };
        }

        var rules = options.Tables.Values.Select(rule => rule.Row).Append(options.Default);
        if (options.Priority.Count == 0 && rules.Any(rule => rule.Uses(ConflictRule.OriginPriority)))
        {
            tree.Report(
                value, "'conflicts' has origin_priority, and no list of nodes, the preferred first.",
                $"priority: [{string.Join(", ", nodes)}]");
        }

        return options;
    }

    /// <summary>One rule for all; or a default and rules by table.</summary>
    ForeignKeyOptions ForeignKeys(YamlNode value)
    {
        const string Path = "conflicts.foreign_keys";
        if (value is not YamlMappingNode)
        {
            return ForeignKeyOptions.Report with { Default = Parse(value, Path, ForeignKeyRuleNames.Parse, ForeignKeyRuleNames.All) };
        }

        var rules = new Dictionary<string, ForeignKeyRule>();
        foreach (var (table, keyNode, body) in tree.Entries(value, Path, null))
        {
            if (table == "default" || IsTable(table, keyNode, Path))
            {
                rules[table] = Parse(body, $"{Path}.{table}", ForeignKeyRuleNames.Parse, ForeignKeyRuleNames.All);
            }
        }

        return rules.Remove("default", out var all) ? new ForeignKeyOptions(all, rules) : ForeignKeyOptions.Report with { Tables = rules };
    }

    bool IsTable(string name, YamlNode at, string path)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        if (dot > 0 && dot < name.Length - 1)
        {
            return true;
        }

        tree.Report(at, $"'{path}' names '{name}'; the form is schema.table.");
        return false;
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
            if (IsTable(table, keyNode, "conflicts.tables"))
            {
                tables[table] = Table(body, $"conflicts.tables.{table}");
            }
        }

        return tables;
    }

    TableRule Table(YamlNode value, string path)
    {
        if (value is not YamlMappingNode)
        {
            return TableRule.Of(RuleOfRow(value, path));
        }

        var row = RowRule.LastUpdateWins;
        var columns = new Dictionary<string, ColumnRule>();
        foreach (var (column, _, body) in tree.Entries(value, path, null))
        {
            if (column == Row)
            {
                row = RuleOfRow(body, $"{path}.{column}");
            }
            else
            {
                columns[column] = Parse(body, $"{path}.{column}", ColumnRuleNames.Parse, ColumnRuleNames.All);
            }
        }

        return new TableRule(row, columns);
    }

    /// <summary>A strategy, or a mapping: a default, strategies for some kinds, and when.</summary>
    RowRule RuleOfRow(YamlNode value, string path)
    {
        if (value is not YamlMappingNode)
        {
            return RowRule.Of(Strategy(value, path));
        }

        var (rule, kinds) = (ConflictRule.LastUpdateWins, new Dictionary<ConflictKind, ConflictRule>());
        foreach (var (key, keyNode, body) in tree.Entries(value, path, RowKeys))
        {
            switch (key)
            {
                case "default":
                    rule = Strategy(body, $"{path}.{key}");
                    break;
                case "when":
                    When(body, $"{path}.{key}");
                    break;
                default:
                    var kind = Enum.GetValues<ConflictKind>().First(kind => kind.Name() == key);
                    kinds[kind] = Strategy(body, $"{path}.{key}");
                    if (kind.Refusal() is { } refusal)
                    {
                        tree.Report(keyNode, $"'{path}' can't give {key} a strategy of its own: {refusal}.");
                    }

                    break;
            }
        }

        return new RowRule(rule, kinds.Where(kind => kind.Value != rule).ToDictionary());
    }

    /// <summary>Nothing but what is always so may be said.</summary>
    void When(YamlNode value, string path)
    {
        if (tree.Scalar(value, path) is { } when && when != "concurrent")
        {
            tree.Report(value, when == "always"
                ? $"'{path}' can't be 'always': who writes a row that he has seen means to replace it, and by any strategy but "
                    + "last_update_wins, which does that anyway, such a row could never be changed again. Write concurrent, or leave "
                    + "it out."
                : $"'{path}' is '{when}'; write concurrent, or leave it out.");
        }
    }

    ConflictRule Strategy(YamlNode at, string path) => Parse(at, path, ConflictRuleNames.Parse, ConflictRuleNames.All);

    T Parse<T>(YamlNode at, string path, Func<string, T> parse, IReadOnlyList<string> known)
        where T : struct
    {
        var name = tree.Scalar(at, path);
        try
        {
            return name is null ? default : parse(name);
        }
        catch (FormatException exception)
        {
            tree.Report(at, $"'{path}': {exception.Message}", NearestName.Of(name!, known) is { } nearest ? $"write {nearest}" : null);
            return default;
        }
    }
}
