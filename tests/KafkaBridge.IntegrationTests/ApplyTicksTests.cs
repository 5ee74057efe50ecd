using KafkaBridge.Campaigns;
using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary>
/// Transactions of one tick share a local transaction, in which the changes of a table are made together, and runs of them a statement.
/// That must leave what the same transactions leave one by one: rows, versions, tombstones, conflicts, and each trigger's firing.
/// </summary>
[Trait("Kafka", "none")]
public sealed class ApplyTicksTests : IAsyncLifetime
{
    const long Base = 425_000_000_000; // in November 2023
    const int Keys = 10;
    const int Rounds = 60;
    const int Keyed = 1;
    const int Keyless = 2;
    const int Other = 3; // it has a key, too

    const string Tables =
        """
        CREATE TABLE public.t (id int PRIMARY KEY, a text);
        CREATE TABLE public.u (a text);
        CREATE TABLE public.v (id int PRIMARY KEY, a text);
        CREATE SCHEMA audit;
        CREATE TABLE audit.fired (id int, a text);
        CREATE FUNCTION audit.note() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN INSERT INTO audit.fired VALUES (NEW.id, concat(NEW.a, (SELECT sum(id) FROM public.v))); RETURN NULL; END';
        """;

    const string Observed =
        """
        CREATE TRIGGER note AFTER INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION audit.note();
        ALTER TABLE t ENABLE ALWAYS TRIGGER note;
        """;

    PostgresServer server = null!;

    public async Task InitializeAsync() => server = await PostgresServer.StartAsync(15);

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Theory]
    [InlineData(1, Observed, true, false)]
    [InlineData(2, Observed, true, false)]
    [InlineData(3, Observed, true, false)]
    [InlineData(1, "", true, false)]
    [InlineData(2, "", true, false)]
    [InlineData(3, "", true, false)]
    [InlineData(4, "", false, false)]
    [InlineData(5, "", false, false)]
    [InlineData(6, "", false, true)]
    [InlineData(7, "", false, true)]
    [InlineData(8, Observed, false, true)]
    public async Task Ticks_at_once_leave_what_transactions_one_by_one_leave(int seed, string triggers, bool truncates, bool collects)
    {
        await using var together = await AppliedDatabase.CreateAsync(server, "together", Tables + triggers);
        await using var single = await AppliedDatabase.CreateAsync(server, "single", Tables + triggers, runs: false);
        var random = new Random(seed);
        var writers = new[] { new Writer(random, truncates), new Writer(random, truncates) };
        for (var round = 0; round < Rounds; round++)
        {
            var writer = random.Next(writers.Length);
            var transactions = Enumerable.Range(0, 1 + random.Next(12)).Select(_ => writers[writer].Next()).ToArray();
            await together.ApplyAsync(writer + 1, transactions);
            foreach (var transaction in transactions)
            {
                await single.ApplyAsync(writer + 1, [transaction]);
            }

            if (collects) // no tombstones: then inserts are of fresh keys until one is not
            {
                await together.CollectAsync(long.MaxValue);
                await single.CollectAsync(long.MaxValue);
            }
        }

        Assert.True(!collects || together.KeysTaken > 0, "no key was taken");

        foreach (var (what, sql) in Questions)
        {
            var expected = await server.TextAsync("single", await InAsync("single", sql));
            var found = await server.TextAsync("together", await InAsync("together", sql));
            Assert.True(
                expected.SequenceEqual(found),
                $"{what} of seed {seed} differ:\n{string.Join('\n', expected)}\n--\n{string.Join('\n', found)}");
        }
    }

    static (string What, string Sql)[] Questions =>
    [
        ("rows", "SELECT t.name, t.id, t.a, kafkabridge.tick(c.timestamp), g.writer "
            + "FROM (SELECT 't' AS name, xmin, * FROM t UNION ALL SELECT 'v', xmin, * FROM v) AS t, "
            + "pg_xact_commit_timestamp_origin(t.xmin) AS c JOIN kafkabridge.origin AS g ON g.roident = c.roident ORDER BY 1, id"),
        ("keyless rows", "SELECT * FROM u ORDER BY a"),
        ("tombstones", "SELECT 't', * FROM kafkabridge.tombstone_$t UNION ALL SELECT 'v', * FROM kafkabridge.tombstone_$v ORDER BY 1, k1"),
        ("table tombstones", "SELECT tick, writer, commit_lsn, ordinal FROM kafkabridge.table_tombstone ORDER BY relid"),
        ("conflicts", "SELECT conflict_type, resolution, replica_identity, remote_commit_lsn, remote_writer, remote_tick, local_writer, "
            + "local_tick, local_tuple, remote_tuple FROM kafkabridge.conflict ORDER BY 4, 5, 3, 1, local_tuple::text, remote_tuple::text"),
        ("firings", "SELECT * FROM audit.fired ORDER BY 1, 2"),
        ("positions", "SELECT writer, epoch, commit_lsn, tick FROM kafkabridge.position ORDER BY 1"),
    ];

    async Task<string> InAsync(string database, string sql)
    {
        foreach (var table in (string[])["t", "v"])
        {
            var oid = await server.ScalarAsync<string>(database, $"SELECT '{table}'::regclass::oid::text");
            sql = sql.Replace($"${table}", oid, StringComparison.Ordinal);
        }

        return sql;
    }

    /// <summary>
    /// One node's log: what it may do to a row depends on whether it sees one; between ticks others may have changed that.
    /// </summary>
    sealed class Writer(Random random, bool truncates)
    {
        readonly Dictionary<int, bool[]> seenOf = new() { [Keyed] = new bool[Keys], [Other] = new bool[Keys] };
        long tick = Base;
        int number;

        public AppliedTransaction Next()
        {
            if (random.Next(4) == 0)
            {
                tick += 1 + random.Next(2);
                seenOf[random.Next(2) == 0 ? Keyed : Other][random.Next(Keys)] ^= true;
            }

            return new AppliedTransaction(tick, [.. Enumerable.Range(0, 1 + random.Next(3)).Select(_ => Change())]);
        }

        AppliedChange Change()
        {
            var (key, value, table) = (random.Next(Keys), $"v{number++}", random.Next(2) == 0 ? Keyed : Other);
            var seen = seenOf[table];
            switch (random.Next(truncates ? 0 : 1, 80))
            {
                case 0:
                    Array.Clear(seen);
                    return new AppliedChange(table, "t", null);
                case < 16:
                    return new AppliedChange(Keyless, "c", $"({value})");
                default:
                    var (was, op) = (seen[key], random.Next(2) == 0 ? "u" : "d");
                    seen[key] = !was || op == "u";
                    return new AppliedChange(table, was ? op : "c", was && op == "d" ? $"({key},)" : $"({key},{value})");
            }
        }
    }
}
