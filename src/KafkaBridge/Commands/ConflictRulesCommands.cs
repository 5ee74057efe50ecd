using KafkaBridge.Changes.Conflicts;
using KafkaBridge.Conflicts;
using KafkaBridge.Gates;
using KafkaBridge.Kafka.Nodes;
using KafkaBridge.Options;

namespace KafkaBridge.Commands;

/// <summary><c>conflict rules</c>: what decides each table and column. <c>rules test</c>: what another file would have decided.</summary>
internal sealed class ConflictRulesCommands(CommandContext context)
{
    readonly BridgeOptions options = context.Options;

    public async Task<int> ListAsync(CancellationToken ct)
    {
        var settings = await Wiring.ReachKafkaAsync(options, context.Log, ct);
        await using var membership = await Membership.OpenAsync(settings, Wiring.Topics(options), ct);
        var tables = Tables(RunGate.RequirePublished(options, membership.Config))
            .Select(table => (Name: table, Rule: options.Conflicts.For(table))).ToList();
        if (context.Json)
        {
            context.WriteJson(new
            {
                schemaVersion = 1,
                priority = options.Conflicts.Priority,
                tables = tables.Select(table => new
                {
                    table = table.Name,
                    rule = table.Rule.Row.Default.Name(),
                    function = table.Rule.Row.Function?.ToString(),
                    kinds = table.Rule.Row.Kinds.ToDictionary(kind => kind.Key.Name(), kind => kind.Value.Name()),
                    columns = table.Rule.Columns.ToDictionary(column => column.Key, column => column.Value.Name()),
                }),
            });
            return ExitCode.Ok;
        }

        context.WriteTable(
            ["table", "column", "rule"],
            [.. tables.SelectMany(table => table.Rule.Columns.OrderBy(column => column.Key, StringComparer.Ordinal)
                .Select(column => (IReadOnlyList<string>)[table.Name, column.Key, column.Value.Name()])
                .Prepend([table.Name, table.Rule.Columns.Count == 0 ? "all" : "others", table.Rule.Row.ToString()]))]);
        if (options.Conflicts.Priority.Count > 0)
        {
            context.Note($"priority: {string.Join(", ", options.Conflicts.Priority)}");
        }

        return ExitCode.Ok;
    }

    /// <param name="file">What stands under <c>conflicts:</c> in a configuration, or a file that has that key.</param>
    public async Task<int> TestAsync(string file, int limit, CancellationToken ct)
    {
        var proposed = RulesFile.Read(file, [.. options.Nodes.Select(node => node.Name)]);
        var settings = await Wiring.ReachKafkaAsync(options, context.Log, ct);
        await using var membership = await Membership.OpenAsync(settings, Wiring.Topics(options), ct);
        var tables = Tables(RunGate.RequirePublished(options, membership.Config)).ToHashSet();
        foreach (var unknown in proposed.Tables.Keys.Where(table => !tables.Contains(table)))
        {
            context.Note($"the file names the table {unknown}, which is not replicated");
        }

        var priorities = proposed.Priorities(membership.Nodes);
        var trials = new List<(string Id, ConflictRow Row, TableRule Rule, string Decision)>();
        foreach (var node in options.Nodes)
        {
            await using var database = await NodeDatabase.OpenAsync(node, ct);
            var rows = await database.AtAsync(connection => ConflictRow.NewestAsync(connection, limit, ConflictFilter.None, ct));
            trials.AddRange(rows.Where(row => row.Missing is null).Select(row =>
            {
                var rule = proposed.For(row.Table);
                return (new ConflictId(node.Name, row.Id).ToString(), row, rule, new RuleTrial(rule, priorities).Decide(row));
            }));
        }

        if (trials.Exists(trial => trial.Rule.Row.Function is not null))
        {
            context.Note("a function is not asked here: where one decides, the two rows count as merged, whatever it would return");
        }

        Write(trials);
        return ExitCode.Ok;
    }

    void Write(List<(string Id, ConflictRow Row, TableRule Rule, string Decision)> trials)
    {
        var others = trials.Where(trial => trial.Decision != trial.Row.Resolution).ToList();
        if (context.Json)
        {
            context.WriteJson(new
            {
                schemaVersion = 1,
                conflicts = trials.Count,
                different = others.Select(trial => new
                {
                    id = trial.Id,
                    table = trial.Row.Table,
                    key = trial.Row.Key,
                    kind = trial.Row.Kind,
                    was = trial.Row.Resolution,
                    wasBy = trial.Row.Resolver,
                    wouldBe = trial.Decision,
                    by = trial.Rule.ToString(),
                }),
            });
            return;
        }

        context.WriteTable(
            ["id", "table", "key", "kind", "was", "by", "would be", "by"],
            [.. others.Select(trial => (IReadOnlyList<string>)
            [
                trial.Id, trial.Row.Table, trial.Row.Key, trial.Row.Kind, trial.Row.Resolution, trial.Row.Resolver, trial.Decision,
                trial.Rule.ToString(),
            ])]);
        context.Note($"{others.Count} of {trials.Count} recorded conflicts would be decided otherwise");
    }

    static IEnumerable<string> Tables(PublishedConfig config) =>
        config.Tables.Select(table => TableName.Parse(table).ToString()).Order(StringComparer.Ordinal);
}
