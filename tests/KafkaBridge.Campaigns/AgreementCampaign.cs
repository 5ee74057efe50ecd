using System.Diagnostics;
using System.Globalization;
using KafkaBridge.Changes;
using KafkaBridge.SimulationTests.Model;
using KafkaBridge.TestKit;

namespace KafkaBridge.Campaigns;

/// <summary>
/// Seeded histories of three databases whose users write the same few keys and unique values, each change applied by the real SQL at
/// any moment: every node must end with the rows, visible and hidden, that the model's oracle computes from what was published.
/// </summary>
public static class AgreementCampaign
{
    const int Nodes = 3;

    public static async Task<string> RunAsync(int histories, int seed, int version)
    {
        await using var server = await PostgresServer.StartAsync(version);
        var nodes = new List<AgreementNode>();
        try
        {
            for (var number = 0; number < Nodes; number++)
            {
                nodes.Add(await AgreementNode.CreateAsync(server, number));
            }

            var watch = Stopwatch.StartNew();
            var (transactions, lifted, hidden) = (0, 0, 0);
            for (var history = seed; history < seed + histories; history++)
            {
                foreach (var node in nodes)
                {
                    await node.ForgetAsync();
                }

                hidden += await RunAsync(nodes, new SplitMix((ulong)history), history);
                transactions += nodes.Sum(node => node.Log.Count);
                lifted += nodes.Sum(node => node.Log.Count(transaction => transaction.IsLifted));
            }

            return string.Create(
                CultureInfo.InvariantCulture,
                $"PostgreSQL {version}, seeds {seed} to {seed + histories - 1}: {histories} histories agree with the model, "
                + $"{transactions} transactions, {lifted} lifted, {hidden} rows hidden at an end, {watch.Elapsed.TotalSeconds:F0} s");
        }
        finally
        {
            foreach (var node in nodes)
            {
                await node.DisposeAsync();
            }
        }
    }

    /// <returns>How many rows are hidden at the end.</returns>
    static async Task<int> RunAsync(List<AgreementNode> nodes, SplitMix random, int seed)
    {
        var (keys, values, promises) = (random.Between(2, 4), random.Between(1, 3), random.Below(3) > 0);
        var value = 0;
        for (var left = random.Between(15, 50); left > 0; left--)
        {
            var node = nodes[random.Below(Nodes)];
            switch (random.Below(100))
            {
                case < 45:
                    await node.CommitAsync(Statements(random, keys, values, ref value));
                    break;
                case < 92:
                    await node.DeliverAsync(nodes[random.Below(Nodes)], random.Between(1, 3), known: random.Below(3) > 0);
                    break;
                case < 97 when promises:
                    node.Promise((Now() / 50 * 50) + (random.Below(3) * 50)); // lifts, and ties between nodes
                    break;
                default:
                    await CollectAsync(nodes, node, random);
                    break;
            }
        }

        for (var moved = true; moved;)
        {
            moved = false;
            foreach (var node in nodes)
            {
                var first = random.Below(Nodes);
                for (var origin = first; origin < first + Nodes; origin++)
                {
                    moved |= await node.DeliverAsync(nodes[origin % Nodes], random.Between(1, 4), known: random.Below(2) > 0);
                }
            }
        }

        var winners = Oracle.Fold(nodes.SelectMany(node => node.Log), keys);
        var present = winners.Select((winner, key) => (winner, key)).Where(one => one.winner.Value is not null).ToList();
        var visible = present.Where(one => !one.winner.IsHidden).Select(one => (one.key, one.winner.Value!.Value));
        var hidden = present.Where(one => one.winner.IsHidden).Select(one => (one.key, one.winner.Value!.Value)).ToList();
        var expected = AgreementNode.Describe(visible) + " hidden " + AgreementNode.Describe(hidden);
        foreach (var node in nodes)
        {
            var found = await node.ContentAsync();
            if (found != expected)
            {
                throw new InvalidOperationException(string.Create(
                    CultureInfo.InvariantCulture, $"seed {seed}: node {node.Number} has {found}, the model has {expected}"));
            }
        }

        return hidden.Count;
    }

    /// <summary>Where everything is applied each node promises, and what lies at or below the least promise goes.</summary>
    static async Task CollectAsync(List<AgreementNode> nodes, AgreementNode at, SplitMix random)
    {
        if (random.Below(2) == 0)
        {
            foreach (var origin in nodes)
            {
                while (await at.DeliverAsync(origin, 4, known: true))
                {
                }
            }
        }

        if (nodes.TrueForAll(origin => at.Applied[origin.Number] == origin.Log.Count))
        {
            var now = Now();
            await at.CollectAsync(nodes.ConvertAll(origin => origin.Promise(now - random.Below(3))).Min());
        }
    }

    static string Statements(SplitMix random, int keys, int values, ref int value)
    {
        var statements = new List<string>();
        for (var left = random.Below(4) == 0 ? 2 : 1; left > 0; left--)
        {
            if (random.Below(5) == 0)
            {
                statements.Add("SAVEPOINT s");
            }

            var (key, other) = (random.Below(keys), random.Below(keys));
            statements.Add(random.Below(20) switch
            {
                < 11 => string.Create(
                    CultureInfo.InvariantCulture,
                    $"INSERT INTO t VALUES ({key}, {++value}, {Unique(random, values)}, {Unique(random, values)}) "
                    + $"ON CONFLICT (id) DO UPDATE SET v = EXCLUDED.v, a = EXCLUDED.a, b = EXCLUDED.b"),
                < 15 => string.Create(CultureInfo.InvariantCulture, $"DELETE FROM t WHERE id = {key}"),
                < 16 => string.Create(
                    CultureInfo.InvariantCulture,
                    $"UPDATE t SET id = {other}, v = {++value} WHERE id = {key} AND NOT EXISTS (SELECT FROM t WHERE id = {other})"),
                < 18 => string.Create(
                    CultureInfo.InvariantCulture,
                    $"UPDATE t SET v = {++value}, a = (SELECT a FROM t AS o WHERE o.id = {key} + {other} - t.id) "
                    + $"WHERE id IN ({key}, {other}) AND {key} <> {other} AND (SELECT count(*) FROM t WHERE id IN ({key}, {other})) = 2"),
                < 19 => string.Create(CultureInfo.InvariantCulture, $"UPDATE t SET b = NULL, v = {++value} WHERE id = {key}"),
                _ => "TRUNCATE t",
            });
        }

        return string.Join("; ", statements);
    }

    static string Unique(SplitMix random, int values) =>
        random.Below(4) == 0 ? "NULL" : random.Between(1, values).ToString(CultureInfo.InvariantCulture);

    static long Now() => Tick.FromUnixMicroseconds((DateTime.UtcNow - DateTime.UnixEpoch).Ticks / 10);
}
