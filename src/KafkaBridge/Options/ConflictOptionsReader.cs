using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;
using YamlDotNet.RepresentationModel;

namespace KafkaBridge.Options;

/// <summary>
/// Reads <c>conflicts</c>: a default, a rule for a table, or rules for a table's columns, in which "*" is the row's.
/// <c>tables: { public.accounts: { "*": first_update_wins, balance: delta }, public.notes: origin_priority }</c>.
/// A row's rule may be a mapping: a default, strategies for some kinds of conflict, and <c>when: concurrent</c>. A strategy may be
/// <c>{ sql_function: schema.function }</c>; for a table the same, beside its columns.
/// </summary>
internal sealed class ConflictOptionsReader(ConfigurationTree tree)
{
    const string Row = "*";
    const string Function = "sql_function";
    static readonly string[] RowKeys = ["default", "when", Function, .. Enum.GetValues<ConflictKind>().Select(kind => kind.Name())];

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

        var row = (RowRule?)null;
        var columns = new Dictionary<string, ColumnRule>();
        foreach (var (column, keyNode, body) in tree.Entries(value, path, null))
        {
            var isFunction = column == Function && body is YamlScalarNode { Value: { } name } && !ColumnRuleNames.All.Contains(name);
            if (isFunction || column == Row)
            {
                if (row is not null)
                {
                    tree.Report(keyNode, $"'{path}' says twice how its rows are decided: \"*\" and {Function}.");
                }

                row = isFunction ? Rule([(null, FunctionOf(body, $"{path}.{column}"))], path, value) : RuleOfRow(body, $"{path}.{column}");
            }
            else
            {
                columns[column] = Parse(body, $"{path}.{column}", ColumnRuleNames.Parse, ColumnRuleNames.All);
            }
        }

        return new TableRule(row ?? RowRule.LastUpdateWins, columns);
    }

    /// <summary>A strategy, or a mapping: a default, strategies for some kinds, and when.</summary>
    RowRule RuleOfRow(YamlNode value, string path)
    {
        if (value is not YamlMappingNode)
        {
            return Rule([(null, Strategy(value, path))], path, value);
        }

        var strategies = new List<(ConflictKind? Kind, (ConflictRule, RelationName?) Strategy)>();
        foreach (var (key, keyNode, body) in tree.Entries(value, path, RowKeys))
        {
            switch (key)
            {
                case "default":
                    strategies.Add((null, Strategy(body, $"{path}.{key}")));
                    break;
                case Function:
                    strategies.Add((null, FunctionOf(body, $"{path}.{key}")));
                    break;
                case "when":
                    When(body, $"{path}.{key}");
                    break;
                default:
                    var kind = Enum.GetValues<ConflictKind>().First(kind => kind.Name() == key);
                    strategies.Add((kind, Strategy(body, $"{path}.{key}")));
                    if (kind.Refusal() is { } refusal)
                    {
                        tree.Report(keyNode, $"'{path}' can't give {key} a strategy of its own: {refusal}.");
                    }

                    break;
            }
        }

        return Rule(strategies, path, value);
    }

    RowRule Rule(
        IReadOnlyList<(ConflictKind? Kind, (ConflictRule Rule, RelationName? Function) Strategy)> strategies, string path, YamlNode at)
    {
        var functions = strategies.Select(one => one.Strategy.Function).OfType<RelationName>().Distinct().ToList();
        if (functions.Count > 1)
        {
            tree.Report(at, $"'{path}' names {string.Join(" and ", functions)}; one function decides a table's conflicts.");
        }

        if (strategies.Count(one => one.Kind is null) > 1)
        {
            tree.Report(at, $"'{path}' has a default and {Function}, which is one too.");
        }

        var rule = strategies.LastOrDefault(one => one.Kind is null).Strategy.Rule;
        return new RowRule(rule, strategies.Where(one => one.Kind is not null && one.Strategy.Rule != rule)
            .ToDictionary(one => one.Kind!.Value, one => one.Strategy.Rule))
        {
            Function = functions.FirstOrDefault(),
        };
    }

    /// <summary>A strategy's name, or <c>{ sql_function: schema.function }</c>.</summary>
    (ConflictRule Rule, RelationName? Function) Strategy(YamlNode at, string path)
    {
        if (at is not YamlMappingNode)
        {
            return (Parse(at, path, ConflictRuleNames.Parse, ConflictRuleNames.All), null);
        }

        var entries = tree.Entries(at, path, [Function]).ToList();
        if (entries.Count == 0)
        {
            tree.Report(at, $"'{path}' names no strategy.", $"{{ {Function}: schema.function }}");
        }

        return entries.Count == 0 ? default : FunctionOf(entries[0].Value, $"{path}.{Function}");
    }

    (ConflictRule Rule, RelationName? Function) FunctionOf(YamlNode at, string path)
    {
        var name = tree.Scalar(at, path);
        var parts = name?.Split('.', 2) ?? [];
        if (name is not null && (parts.Length < 2 || parts.Any(part => part.Length == 0)))
        {
            tree.Report(at, $"'{path}' is '{name}'; the form is schema.function, without arguments.");
            return (ConflictRule.SqlFunction, null);
        }

        return (ConflictRule.SqlFunction, name is null ? null : new RelationName(parts[0], parts[1]));
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
