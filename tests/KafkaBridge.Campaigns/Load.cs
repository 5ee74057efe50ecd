using System.Data;
using System.Globalization;
using KafkaBridge.TestKit;
using Npgsql;

namespace KafkaBridge.Campaigns;

/// <summary>
/// Writers on every node: inserts into a ledger that nobody changes, now and then thousands of rows at once, and upserts,
/// updates, deletes, key changes and truncates that fight over few keys. Seeded; what the servers make of it isn't
/// repeatable, the sequence of statements of each writer is.
/// </summary>
public sealed class Load(BridgeCluster cluster, int seed) : IAsyncDisposable
{
    public const string Tables =
        """
        CREATE TABLE ledger (node int, n int, note text, PRIMARY KEY (node, n));
        CREATE TABLE bulk (node int, n int, i int, note text, PRIMARY KEY (node, n, i));
        CREATE TABLE hot (id int PRIMARY KEY, value bigint, note text);
        CREATE SCHEMA audit;
        CREATE TABLE audit.arrived (node int, n int);
        CREATE FUNCTION audit.note() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN INSERT INTO audit.arrived VALUES (NEW.node, NEW.n); RETURN NULL; END';
        CREATE TRIGGER note AFTER INSERT OR UPDATE ON ledger FOR EACH ROW EXECUTE FUNCTION audit.note();
        ALTER TABLE ledger ENABLE ALWAYS TRIGGER note;
        CREATE TRIGGER note AFTER INSERT OR UPDATE ON bulk FOR EACH ROW EXECUTE FUNCTION audit.note();
        ALTER TABLE bulk ENABLE ALWAYS TRIGGER note;
        """;

    const int HotKeys = 20;

    /// <summary>More rows than the applier takes in one batch.</summary>
    const int BulkRows = 6000;

    const int OneBulkIn = 5000;
    const int OneTruncateIn = 2000;

    static readonly TimeSpan ServerAway = TimeSpan.FromMinutes(2);

    readonly List<Task> writers = [];
    readonly int[] next = new int[cluster.Servers.Count];
    CancellationTokenSource stopping = new();
    int committed;
    int bulkCommitted;

    /// <summary>Transactions committed so far on all nodes.</summary>
    public int Committed => Volatile.Read(ref committed);

    public void Start() => Start([.. Enumerable.Range(0, cluster.Servers.Count)]);

    /// <summary>Starts, or starts again, the writers of some nodes.</summary>
    public void Start(params int[] nodes)
    {
        stopping = new CancellationTokenSource();
        writers.AddRange(nodes.Select(node => WriteAsync(node, stopping.Token)));
    }

    /// <summary>Returns when so many transactions are committed; fails with a writer that has failed.</summary>
    public Task ReachAsync(int transactions) => Eventually.TrueAsync(
        () => Committed >= transactions || writers.Exists(writer => writer.IsFaulted),
        $"{transactions} commits",
        TimeSpan.FromSeconds(120));

    /// <summary>Ends the writers and returns how many transactions were committed in all.</summary>
    public async Task<int> StopAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAll(writers);
        writers.Clear();
        stopping.Dispose();
        return Committed;
    }

    /// <exception cref="InvalidOperationException">A row was lost or doubled, or the nodes differ.</exception>
    public async Task RequireWholeAsync()
    {
        await cluster.RequireEqualAsync("ledger", "bulk", "hot");
        var written = committed + ((long)bulkCommitted * BulkRows);
        for (var node = 0; node < cluster.Servers.Count; node++)
        {
            var rows = await cluster.Servers[node].ScalarAsync<long>(
                BridgeCluster.Database, "SELECT (SELECT count(*) FROM ledger) + (SELECT count(*) FROM bulk)");
            var arrived = await cluster.Servers[node].ScalarAsync<long>(BridgeCluster.Database, "SELECT count(*) FROM audit.arrived");
            if (rows != written || arrived != written)
            {
                throw new InvalidOperationException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{BridgeCluster.NodeName(node)} holds {rows} rows and saw {arrived} arrivals of {written} rows committed"));
            }
        }
    }

    async Task WriteAsync(int node, CancellationToken stop)
    {
        await Task.Yield();
        var random = new Random((seed * 31) + node + next[node]);
        await using var connection = new NpgsqlConnection(cluster.Servers[node].ConnectionString(BridgeCluster.Database));
        await connection.OpenAsync(CancellationToken.None);
        while (!stop.IsCancellationRequested)
        {
            var n = next[node]++;
            await using var batch = new NpgsqlBatch(connection);
            Add(batch, "INSERT INTO ledger VALUES ($1, $2, repeat('x', 50))", node, n);
            var isBulk = random.Next(OneBulkIn) == 0;
            if (isBulk)
            {
                Add(batch, "INSERT INTO bulk SELECT $1, $2, i, 'many' FROM generate_series(1, $3) i", node, n, BulkRows);
            }

            for (var i = random.Next(4); i > 0; i--)
            {
                AddFight(batch, random);
            }

            try
            {
                await batch.ExecuteNonQueryAsync(CancellationToken.None); // a statement cut off may have committed or not
            }
            catch (PostgresException lost) when (lost.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.UniqueViolation)
            {
                continue; // against the applier: rolled back
            }
            catch (NpgsqlException) when (connection.State != ConnectionState.Open)
            {
                if (!await HasAfterCrashAsync(connection, node, n, stop))
                {
                    continue;
                }
            }

            Interlocked.Add(ref bulkCommitted, isBulk ? 1 : 0);
            Interlocked.Increment(ref committed);
        }
    }

    /// <summary>
    /// The server went away: once it is back it says whether the transaction that was cut off had committed. Who stops the
    /// writers before has given up: it counts as not committed.
    /// </summary>
    static async Task<bool> HasAfterCrashAsync(NpgsqlConnection connection, int node, int n, CancellationToken stop)
    {
        await Eventually.TrueAsync(
            async () =>
            {
                if (!stop.IsCancellationRequested)
                {
                    await connection.CloseAsync();
                    await connection.OpenAsync(CancellationToken.None);
                }

                return true;
            },
            $"{BridgeCluster.NodeName(node)} takes connections again",
            ServerAway);
        if (connection.State != ConnectionState.Open)
        {
            return false;
        }

        await using var command = new NpgsqlCommand("SELECT EXISTS (SELECT FROM ledger WHERE node = $1 AND n = $2)", connection);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = node });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = n });
        return (bool)(await command.ExecuteScalarAsync(CancellationToken.None))!;
    }

    static void AddFight(NpgsqlBatch batch, Random random)
    {
        var key = random.Next(HotKeys);
        if (random.Next(OneTruncateIn) == 0)
        {
            Add(batch, "TRUNCATE hot");
            return;
        }

        switch (random.Next(6))
        {
            case 0:
                Add(batch, "DELETE FROM hot WHERE id = $1", key);
                break;
            case 1:
                Add(batch, "UPDATE hot SET value = value + $2 WHERE id = $1", key, random.Next(100));
                break;
            case 2:
                Add(
                    batch, "UPDATE hot SET id = $2 WHERE id = $1 AND NOT EXISTS (SELECT FROM hot WHERE id = $2)", key,
                    random.Next(HotKeys));
                break;
            default:
                Add(
                    batch,
                    "INSERT INTO hot VALUES ($1, $2, 'w') ON CONFLICT (id) DO UPDATE SET value = excluded.value, note = hot.note || 'u'",
                    key,
                    random.Next(1000));
                break;
        }
    }

    static void Add(NpgsqlBatch batch, string sql, params int[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = value });
        }

        batch.BatchCommands.Add(command);
    }

    public async ValueTask DisposeAsync()
    {
        if (writers.Count > 0)
        {
            await StopAsync();
        }
    }
}
