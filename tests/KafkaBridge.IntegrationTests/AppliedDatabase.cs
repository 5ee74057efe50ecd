using KafkaBridge.Apply.Sql;
using KafkaBridge.Postgres;
using KafkaBridge.TestKit;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.IntegrationTests;

/// <param name="Table">Its place among the tables by name, from 1.</param>
public sealed record AppliedChange(int Table, string Op, string? Row);

public sealed record AppliedTransaction(long Tick, IReadOnlyList<AppliedChange> Changes);

/// <summary>A database into which the generated SQL applies batches, as node 0 of a cluster of three.</summary>
public sealed class AppliedDatabase : IAsyncDisposable
{
    const int Self = 0;
    const int Nodes = 3;
    const ulong Step = 100; // between two transactions' LSNs

    readonly NpgsqlConnection session;
    readonly string cluster;
    readonly Dictionary<int, (int Epoch, ulong Lsn)> positions = [];
    int writerNow = -1;

    AppliedDatabase(NpgsqlConnection session, string cluster)
    {
        this.session = session;
        this.cluster = cluster;
    }

    /// <param name="name">Of the database; of the cluster too, so that several may be on one server.</param>
    public static async Task<AppliedDatabase> CreateAsync(PostgresServer server, string name, string ddl)
    {
        await server.CreateDatabaseAsync(name);
        await server.ExecuteAsync(name, ddl);
        var session = new NpgsqlConnection(SessionSettings.ForApply(server.ConnectionString(name)));
        await session.OpenAsync();
        await SessionSettings.BecomeReplicaAsync(session, default);
        await BridgeSchema.InstallAsync(session, new BridgeIdentity(name, "eu", Self, "1", 1), default);
        var database = new AppliedDatabase(session, name);
        await database.ExecuteAsync("UPDATE kafkabridge.node SET adopted_at = 'epoch'");
        foreach (var statement in ApplySql.Statements(await Catalog.ReadTablesAsync(session, ["public.*"], default)))
        {
            await database.ExecuteAsync(statement);
        }

        for (var writer = 0; writer < Nodes; writer++)
        {
            await ReplicationOrigin.Of(name, writer, Self, 0).EnsureAsync(session, default);
            await database.ExecuteAsync($"INSERT INTO kafkabridge.position VALUES ({writer}, 0, '0/0', 0, 0)");
        }

        return database;
    }

    /// <summary>Applies the next transactions of one writer in one CALL.</summary>
    public async Task ApplyAsync(int writer, IReadOnlyList<AppliedTransaction> transactions)
    {
        if (writerNow != writer)
        {
            if (writerNow >= 0)
            {
                await ReplicationOrigin.ResetAsync(session, default);
            }

            await ReplicationOrigin.Of(cluster, writer, Self, 0).SetupAsync(session, default);
            writerNow = writer;
        }

        var (epoch, after) = positions.GetValueOrDefault(writer);
        var lsns = transactions.Select((_, i) => after + (Step * (ulong)(i + 1))).ToArray();
        var changes = transactions.SelectMany(one => one.Changes.Select((change, i) => (Change: change, Ordinal: i))).ToArray();
        var times = transactions.Select(one => DateTimeOffset.FromUnixTimeMilliseconds(one.Tick).UtcDateTime).ToArray();
        var count = 0;
        var unknown = new long[transactions.Count * Nodes];
        var never = Enumerable.Repeat(long.MaxValue, unknown.Length);
        await using var call = new NpgsqlCommand(
            "CALL kafkabridge.apply_batch(0, '', 0, $1, 0, 1, $2, $3, 'epoch', 0, false, $4, $5, $6, $7, $8, $9, $10, $11, $12, 3, "
            + "$13, $14, $15, $16, $17)", session);
        Add(call, writer, NpgsqlDbType.Integer);
        Add(call, epoch, NpgsqlDbType.Integer);
        Add(call, new NpgsqlLogSequenceNumber(after), NpgsqlDbType.PgLsn);
        AddArray(call, lsns.Select(lsn => new NpgsqlLogSequenceNumber(lsn).ToString()), NpgsqlDbType.Text);
        AddArray(call, times, NpgsqlDbType.TimestampTz);
        AddArray(call, times, NpgsqlDbType.TimestampTz);
        AddArray(call, transactions.Select(one => one.Tick), NpgsqlDbType.Bigint);
        AddArray(call, transactions.Select(_ => 0L), NpgsqlDbType.Bigint);
        AddArray(call, transactions.Select(_ => "0"), NpgsqlDbType.Text);
        AddArray(call, transactions.Select(one => count += one.Changes.Count), NpgsqlDbType.Integer);
        AddArray(call, unknown, NpgsqlDbType.Bigint);
        AddArray(call, never, NpgsqlDbType.Bigint);
        AddArray(call, changes.Select(one => one.Change.Table), NpgsqlDbType.Integer);
        AddArray(call, changes.Select(one => one.Change.Op), NpgsqlDbType.Text);
        AddArray(call, changes.Select(one => one.Change.Row), NpgsqlDbType.Text);
        AddArray(call, changes.Select(_ => (string?)null), NpgsqlDbType.Text);
        AddArray(call, changes.Select(one => one.Ordinal), NpgsqlDbType.Integer);
        await using var reader = await call.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.Equal((transactions.Count, "done"), (reader.GetInt32(0), reader.GetString(1)));
        positions[writer] = (1, lsns[^1]);
    }

    public ValueTask DisposeAsync() => session.DisposeAsync();

    static void Add(NpgsqlCommand command, object value, NpgsqlDbType type) =>
        command.Parameters.Add(new() { Value = value, NpgsqlDbType = type });

    static void AddArray<T>(NpgsqlCommand command, IEnumerable<T> values, NpgsqlDbType type) =>
        Add(command, values.ToArray(), NpgsqlDbType.Array | type);

    async Task ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, session);
        await command.ExecuteNonQueryAsync();
    }
}
