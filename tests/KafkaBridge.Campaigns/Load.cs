using KafkaBridge.TestKit;
using Npgsql;

namespace KafkaBridge.Campaigns;

/// <summary>
/// Writers on every node: inserts into a ledger that nobody changes, and upserts, updates and deletes that fight over few
/// keys. Seeded; what the servers make of it isn't repeatable, the sequence of statements of each writer is.
/// </summary>
sealed class Load(BridgeCluster cluster, int seed) : IAsyncDisposable
{
    public const string Tables =
        """
        CREATE TABLE ledger (node int, n int, note text, PRIMARY KEY (node, n));
        CREATE TABLE hot (id int PRIMARY KEY, value bigint, note text);
        CREATE SCHEMA audit;
        CREATE TABLE audit.arrived (node int, n int);
        CREATE FUNCTION audit.note() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN INSERT INTO audit.arrived VALUES (NEW.node, NEW.n); RETURN NULL; END';
        CREATE TRIGGER note AFTER INSERT OR UPDATE ON ledger FOR EACH ROW EXECUTE FUNCTION audit.note();
        ALTER TABLE ledger ENABLE ALWAYS TRIGGER note;
        """;

    const int HotKeys = 20;

    readonly CancellationTokenSource stopping = new();
    readonly List<Task> writers = [];
    int committed;

    /// <summary>Transactions committed so far on all nodes.</summary>
    public int Committed => Volatile.Read(ref committed);

    public void Start()
    {
        for (var node = 0; node < cluster.Servers.Count; node++)
        {
            writers.Add(WriteAsync(node));
        }
    }

    /// <summary>Ends the writers and returns how many ledger rows were committed in all.</summary>
    public async Task<int> StopAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAll(writers);
        return Committed;
    }

    async Task WriteAsync(int node)
    {
        await Task.Yield();
        var random = new Random(seed * 31 + node);
        await using var connection = new NpgsqlConnection(cluster.Servers[node].ConnectionString(BridgeCluster.Database));
        await connection.OpenAsync();
        for (var n = 0; !stopping.IsCancellationRequested; n++)
        {
            await using var batch = new NpgsqlBatch(connection);
            Add(batch, "INSERT INTO ledger VALUES ($1, $2, repeat('x', 50))", node, n);
            for (var i = random.Next(4); i > 0; i--)
            {
                AddFight(batch, random);
            }

            await batch.ExecuteNonQueryAsync();
            Interlocked.Increment(ref committed);
        }
    }

    static void AddFight(NpgsqlBatch batch, Random random)
    {
        var key = random.Next(HotKeys);
        switch (random.Next(5))
        {
            case 0:
                Add(batch, "DELETE FROM hot WHERE id = $1", key);
                break;
            case 1:
                Add(batch, "UPDATE hot SET value = value + $2 WHERE id = $1", key, random.Next(100));
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
        await stopping.CancelAsync();
        stopping.Dispose();
    }
}
