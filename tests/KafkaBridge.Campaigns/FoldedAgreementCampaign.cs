using System.Diagnostics;
using System.Globalization;
using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;
using KafkaBridge.SimulationTests.Model;
using KafkaBridge.TestKit;

namespace KafkaBridge.Campaigns;

/// <summary>
/// Seeded histories of three databases whose users write a few rows of one table under rules drawn for its rows and for each of its
/// columns: every node must end with the rows that the model's oracle computes from what was published, and after quiet time
/// with no history kept.
/// </summary>
public static class FoldedAgreementCampaign
{
    static readonly string[] Columns = ["id", "w", "l", "d", "mx", "mn", "s", "t", "j"];

    /// <summary>What each column's rule is, if it has one.</summary>
    static readonly ColumnRule[] Merges =
    [
        ColumnRule.WithRow, ColumnRule.WithRow, ColumnRule.LastWrite, ColumnRule.Delta, ColumnRule.Max, ColumnRule.Min,
        ColumnRule.SetUnion, ColumnRule.TextMerge, ColumnRule.JsonMerge,
    ];

    static readonly ConflictRule[] Rows =
        [ConflictRule.LastUpdateWins, ConflictRule.FirstUpdateWins, ConflictRule.OriginPriority, ConflictRule.Manual];

    public static async Task<string> RunAsync(int histories, int seed, int version)
    {
        await using var server = await PostgresServer.StartAsync(version);
        var nodes = new List<FoldedAgreementNode>();
        try
        {
            for (var number = 0; number < FoldedAgreementNode.Nodes; number++)
            {
                nodes.Add(await FoldedAgreementNode.CreateAsync(server, number));
            }

            var watch = Stopwatch.StartNew();
            var (transactions, lifted, concurrent) = (0, 0, 0);
            for (var history = seed; history < seed + histories; history++)
            {
                concurrent += await RunAsync(nodes, new SplitMix((ulong)history), history);
                transactions += nodes.Sum(node => node.Published.Count);
                lifted += nodes.Sum(node => node.Published.Count(transaction => transaction.IsLifted));
            }

            return string.Create(
                CultureInfo.InvariantCulture,
                $"PostgreSQL {version}, rules, seeds {seed} to {seed + histories - 1}: {histories} histories agree with the model, "
                + $"{transactions} transactions, {lifted} lifted, {concurrent} concurrent writes, {watch.Elapsed.TotalSeconds:F0} s");
        }
        finally
        {
            foreach (var node in nodes)
            {
                await node.DisposeAsync();
            }
        }
    }

    /// <returns>How many writes did not know an earlier one of their row.</returns>
    static async Task<int> RunAsync(List<FoldedAgreementNode> nodes, SplitMix random, int seed)
    {
        var rules = new FoldRules(
            Rows[random.Below(Rows.Length)], [.. Merges.Select(merge => random.Below(3) > 0 ? merge : ColumnRule.WithRow)]);
        rules = seed % 3 == 0 ? rules with { Rule = ConflictRule.SqlFunction, Function = AgreementFunction.Decide } : rules;
        var row = RowRule.Of(rules.Rule) with { Function = new RelationName("public", AgreementFunction.Name) };
        var rule = new TableRule(row, Columns.Zip(rules.Columns).Where(pair => pair.Second != ColumnRule.WithRow)
            .ToDictionary(pair => pair.First, pair => pair.Second));
        var (keys, promises, deletes) = (random.Between(1, 2), random.Below(3), random.Below(3) * 2);
        var values = new FoldedValues(rules.Columns);
        var edits = new UserEdits(random, keys, deletes);
        foreach (var node in nodes)
        {
            await node.BeginAsync(rule);
        }

        for (var left = random.Between(15, 60); left > 0; left--)
        {
            var node = nodes[random.Below(nodes.Count)];
            switch (random.Below(20))
            {
                case < 8:
                    await node.CommitAsync(edits.Statements(await node.RowsAsync()), values);
                    break;
                case < 17:
                    await DeliverAsync(node, nodes[random.Below(nodes.Count)], random.Between(1, 3));
                    break;
                case < 19 when promises > 0:
                    node.Promise((Now() / 50 * 50) + (random.Below(3) * (promises == 1 ? 50 : -50))); // lifts, and ties between nodes
                    break;
                default:
                    await node.CollectAsync();
                    break;
            }
        }

        await DrainAsync(nodes, random);
        var oracle = new FoldOracle([.. nodes.SelectMany(node => node.Published)], keys, rules, values);
        await CompareAsync(nodes, oracle, keys, $"seed {seed}, {rules}");
        for (var round = 0; round < 2; round++)
        {
            nodes.ForEach(node => node.Promise(Now() + 1_000));
            await DrainAsync(nodes, random);
        }

        foreach (var node in nodes)
        {
            await node.CollectAsync();
            if (await node.HistoriesAsync() is var kept && kept > 0)
            {
                throw new InvalidOperationException($"seed {seed}, {rules}: node {node.Number} keeps {kept} histories after quiet time");
            }
        }

        await CompareAsync(nodes, oracle, keys, $"seed {seed}, {rules}, after quiet time");
        return oracle.Concurrent;
    }

    static async Task DeliverAsync(FoldedAgreementNode node, FoldedAgreementNode origin, int count)
    {
        while (count-- > 0 && await node.DeliverAsync(origin))
        {
        }
    }

    static async Task DrainAsync(List<FoldedAgreementNode> nodes, SplitMix random)
    {
        while (nodes.Exists(node => nodes.Exists(origin => !node.IsAtEnd(origin))))
        {
            var moved = false;
            foreach (var node in nodes)
            {
                var first = random.Below(nodes.Count);
                for (var origin = first; origin < first + nodes.Count; origin++)
                {
                    moved |= await node.DeliverAsync(nodes[origin % nodes.Count]);
                }
            }

            if (!moved)
            {
                throw new InvalidOperationException("every node waits for another");
            }
        }
    }

    static async Task CompareAsync(List<FoldedAgreementNode> nodes, FoldOracle oracle, int keys, string when)
    {
        if (oracle.Compare([]) is { } wrong)
        {
            throw new InvalidOperationException($"{when}: {wrong}");
        }

        foreach (var node in nodes)
        {
            var rows = await node.RowsAsync();
            for (var key = 0; key < keys; key++)
            {
                var found = FoldOracle.Text(FoldedAgreementNode.Model(rows.GetValueOrDefault(key)));
                var expected = FoldOracle.Text(oracle.RowOf(key));
                if (found != expected)
                {
                    throw new InvalidOperationException($"{when}: node {node.Number} has key {key} as {found}, the model has {expected}");
                }
            }
        }
    }

    static long Now() => Tick.FromUnixMicroseconds((DateTime.UtcNow - DateTime.UnixEpoch).Ticks / 10);

    /// <summary>What users write: every value another, but for rows that are put back as they were.</summary>
    sealed class UserEdits(SplitMix random, int keys, int deletes)
    {
        readonly Dictionary<int, string?[]> before = []; // of each key a row that it was
        int unique;

        public string Statements(SortedDictionary<int, string?[]> rows)
        {
            var statements = new List<string>();
            for (var left = random.Below(5) == 0 ? 2 : 1; left > 0; left--)
            {
                if (random.Below(5) == 0)
                {
                    statements.Add("SAVEPOINT s");
                }

                var key = random.Below(keys);
                statements.Add(Statement(key, rows.GetValueOrDefault(key)));
            }

            return string.Join("; ", statements);
        }

        string Statement(int key, string?[]? row)
        {
            unique++;
            if (row is null)
            {
                var (w, l) = random.Below(4) == 0 ? (0, 0) : (unique, unique);
                return Sql(
                    $"INSERT INTO f VALUES ({key}, {w}, {l}, 0, 0, 0, '{{0}}', E'a\\nb\\nc', '{{\"a\": 1}}') ON CONFLICT DO NOTHING");
            }

            var drawn = random.Below(20);
            if (drawn < deletes)
            {
                return Sql($"DELETE FROM f WHERE id = {key}");
            }

            if (drawn == 19 && deletes > 0)
            {
                var other = (key + 1) % keys;
                return Sql($"UPDATE f SET id = {other} WHERE id = {key} AND NOT EXISTS (SELECT FROM f WHERE id = {other})");
            }

            if (drawn >= 16 && before.TryGetValue(key, out var was))
            {
                var all = Columns.Skip(1).Select((column, at) => $"{column} = '{was[at + 1]}'");
                return Sql($"UPDATE f SET {string.Join(", ", all)} WHERE id = {key}");
            }

            before[key] = row;
            var edited = random.Between(1, Columns.Length - 1);
            var value = ModelColumns.Edit(Merges[edited], FoldedAgreementNode.Model(row)![edited], unique, random);
            return Sql($"UPDATE f SET {Columns[edited]} = '{(edited == 6 ? $"{{{value}}}" : value)}' WHERE id = {key}");
        }

        static string Sql(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
    }
}
