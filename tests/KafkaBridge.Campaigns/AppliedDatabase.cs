using System.Globalization;
using KafkaBridge.Apply.Applying;
using KafkaBridge.Apply.Sql;
using KafkaBridge.Changes;
using KafkaBridge.Postgres;
using KafkaBridge.TestKit;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Campaigns;

/// <param name="Table">Its place among the tables by name, from 1.</param>
public sealed record AppliedChange(int Table, string Op, string? Row)
{
    public string? Unchanged { get; init; }
}

public sealed record AppliedTransaction(long Tick, IReadOnlyList<AppliedChange> Changes)
{
    /// <summary>Of the commit; null: the writer's next one.</summary>
    public ulong? Lsn { get; init; }

    /// <summary>When the writer committed; null: at the tick's end.</summary>
    public DateTime? SourceTime { get; init; }

    public uint Xid { get; init; }
}

/// <summary>A database into which the generated SQL applies batches, as one node of a cluster of three.</summary>
public sealed class AppliedDatabase : IAsyncDisposable
{
    const int Nodes = 3;
    const ulong Step = 100; // between two transactions' LSNs

    readonly NpgsqlConnection session;
    readonly string cluster;
    readonly int self;
    readonly Dictionary<int, (int Epoch, ulong Lsn)> positions = [];
    int writerNow = -1;

    AppliedDatabase(NpgsqlConnection session, string cluster, int self)
    {
        (this.session, this.cluster, this.self) = (session, cluster, self);
    }

    public IReadOnlyList<TableDefinition> Tables { get; private set; } = [];

    /// <summary>False: each change has a statement of its own.</summary>
    public bool HasRuns { get; init; } = true;

    /// <param name="cluster">Its origins are the server's: of one name only one database may be in use.</param>
    public static async Task<AppliedDatabase> CreateAsync(
        PostgresServer server, string name, string ddl, int self = 0, string? cluster = null, bool runs = true)
    {
        await server.CreateDatabaseAsync(name);
        await server.ExecuteAsync(name, ddl);
        var session = new NpgsqlConnection(SessionSettings.ForApply(server.ConnectionString(name)));
        await session.OpenAsync();
        await SessionSettings.BecomeReplicaAsync(session, default);
        await BridgeSchema.InstallAsync(session, new BridgeIdentity(cluster ?? name, "eu", self, "1", 1), default);
        var database = new AppliedDatabase(session, cluster ?? name, self) { HasRuns = runs };
        await database.ExecuteAsync("UPDATE kafkabridge.node SET adopted_at = 'epoch'");
        await database.InstallAsync();

        for (var writer = 0; writer < Nodes; writer++)
        {
            await ReplicationOrigin.Of(cluster ?? name, writer, self, 0).EnsureAsync(session, default);
            await database.ExecuteAsync($"INSERT INTO kafkabridge.position VALUES ({writer}, 0, '0/0', 0, 0)");
        }

        return database;
    }

    /// <summary>As a session does when it starts.</summary>
    public async Task InstallAsync()
    {
        Tables = await Catalog.ReadTablesAsync(session, ["public.*"], default);
        foreach (var statement in ApplySql.Statements(Tables))
        {
            await ExecuteAsync(statement);
        }
    }

    /// <summary>Removes what no change above a tick is compared with.</summary>
    public async Task CollectAsync(long tick)
    {
        foreach (var statement in CollectSql.Statements(Tables))
        {
            await using var command = new NpgsqlCommand(statement, session);
            Add(command, tick, NpgsqlDbType.Bigint);
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>As a round does when it begins; own transactions have nothing to note then.</summary>
    public async Task NoticeLossAsync()
    {
        var times = new CommitTimes(session);
        await times.LookAsync(default);
        await times.NotedAsync(own: 0, default);
    }

    /// <summary>How often a key that was taken for a new one was none.</summary>
    public int KeysTaken { get; private set; }

    /// <summary>Applies the next transactions of one writer in one CALL; ticks that are not past are not waited for.</summary>
    public Task ApplyAsync(int writer, IReadOnlyList<AppliedTransaction> transactions) =>
        ApplyAsync(writer, transactions, fresh: HasRuns && writer != self);

    async Task ApplyAsync(int writer, IReadOnlyList<AppliedTransaction> transactions, bool fresh)
    {
        if (writerNow != writer)
        {
            if (writerNow >= 0)
            {
                await ReplicationOrigin.ResetAsync(session, default);
            }

            await ReplicationOrigin.Of(cluster, writer, self, 0).SetupAsync(session, default);
            writerNow = writer;
        }

        var (epoch, after) = positions.GetValueOrDefault(writer);
        var lsns = transactions.Select((one, i) => one.Lsn ?? (after + (Step * (ulong)(i + 1)))).ToArray();
        var changes = transactions.SelectMany(
            (one, t) => one.Changes.Select((change, i) => (Change: change, Ordinal: i, Transaction: t))).ToArray();
        var (order, ends) = Arranged(transactions, isOwn: writer == self);
        changes = Array.ConvertAll(order, place => changes[place]);
        var times = transactions.Select(one => UnixTime.At(one.Tick * Tick.Microseconds)).ToArray();
        var sources = transactions.Select((one, i) => one.SourceTime ?? times[i]).ToArray();
        var count = 0;
        var unknown = new long[transactions.Count * Nodes];
        var never = Enumerable.Repeat(long.MaxValue, unknown.Length);
        await using var call = new NpgsqlCommand(
            "CALL kafkabridge.apply_batch(0, '', 0, $1, $2, 1, $3, $4, 'epoch', $5, false, $22, $6, $7, $8, $9, $10::pg_lsn[], $11, $12, "
            + "$13, $14, 3, $15, $16, $17, $18, $19, $20, $21)", session);
        Add(call, writer, NpgsqlDbType.Integer);
        Add(call, self, NpgsqlDbType.Integer);
        Add(call, epoch, NpgsqlDbType.Integer);
        Add(call, new NpgsqlLogSequenceNumber(after), NpgsqlDbType.PgLsn);
        Add(call, transactions.Count, NpgsqlDbType.Integer);
        AddArray(call, times, NpgsqlDbType.TimestampTz);
        AddArray(call, transactions.Select(one => one.Tick), NpgsqlDbType.Bigint);
        AddArray(call, transactions.Select(_ => 0L), NpgsqlDbType.Bigint);
        AddArray(call, transactions.Select(one => count += one.Changes.Count), NpgsqlDbType.Integer);
        AddArray(call, lsns.Select(lsn => new NpgsqlLogSequenceNumber(lsn).ToString()), NpgsqlDbType.Text);
        AddArray(call, sources, NpgsqlDbType.TimestampTz);
        AddArray(call, transactions.Select(one => one.Xid), NpgsqlDbType.Xid);
        AddArray(call, unknown, NpgsqlDbType.Bigint);
        AddArray(call, never, NpgsqlDbType.Bigint);
        AddArray(call, changes.Select(one => one.Transaction + 1), NpgsqlDbType.Integer);
        AddArray(call, changes.Select(one => one.Change.Table), NpgsqlDbType.Integer);
        AddArray(call, changes.Select(one => one.Change.Op[0]), NpgsqlDbType.InternalChar);
        AddArray(call, changes.Select(one => one.Change.Row), NpgsqlDbType.Text);
        AddArray(call, changes.Select(one => one.Change.Unchanged), NpgsqlDbType.Text);
        AddArray(call, changes.Select(one => one.Ordinal), NpgsqlDbType.Integer);
        AddArray(call, ends, NpgsqlDbType.Integer);
        Add(call, fresh, NpgsqlDbType.Boolean);
        try
        {
            await using var reader = await call.ExecuteReaderAsync();
            if (!await reader.ReadAsync() || reader.GetInt32(0) != transactions.Count)
            {
                throw new InvalidOperationException($"not applied of writer {writer}: {reader.GetString(1)}");
            }

            positions[writer] = (1, lsns[^1]);
        }
        catch (PostgresException failure) when (fresh && failure.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            await ApplyRestAsync(writer, transactions, lsns);
        }
    }

    /// <summary>A key was not new: what came before its tick is applied, and is what the session says.</summary>
    async Task ApplyRestAsync(int writer, IReadOnlyList<AppliedTransaction> transactions, ulong[] lsns)
    {
        KeysTaken++;
        var (epoch, after) = positions.GetValueOrDefault(writer);
        var held = await ScalarAsync($"SELECT epoch || ' ' || commit_lsn FROM kafkabridge.position WHERE writer = {writer}");
        var done = held == $"{epoch} {new NpgsqlLogSequenceNumber(after)}" ? 0
            : Array.FindIndex(lsns, lsn => held == $"1 {new NpgsqlLogSequenceNumber(lsn)}") + 1;
        var told = await ScalarAsync("SELECT COALESCE(current_setting('kafkabridge.reached', true), '')");
        var isOfCall = told.StartsWith($"{epoch} {new NpgsqlLogSequenceNumber(after)} ", StringComparison.Ordinal);
        var toldHere = isOfCall ? told.Split(' ')[2] : "0";
        if (toldHere != done.ToString(CultureInfo.InvariantCulture))
        {
            throw new InvalidOperationException($"of writer {writer} {done} transactions are applied, and the session says '{told}'");
        }

        positions[writer] = done == 0 ? (epoch, after) : (1, lsns[done - 1]);
        await ApplyAsync(writer, [.. transactions.Skip(done)], fresh: false);
    }

    async Task<string> ScalarAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, session);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        if (writerNow >= 0 && session.FullState == System.Data.ConnectionState.Open)
        {
            await ReplicationOrigin.ResetAsync(session, default);
        }

        await session.DisposeAsync();
    }

    /// <summary>As the lane finds them; a row's first column is its key.</summary>
    (int[] Order, int[] Ends) Arranged(IReadOnlyList<AppliedTransaction> transactions, bool isOwn)
    {
        var runs = new Runs();
        foreach (var transaction in transactions)
        {
            foreach (var change in transaction.Changes)
            {
                var table = Tables[change.Table - 1];
                var sharing = !HasRuns || isOwn || table.HasClaims || change.Row is null || change.Unchanged is not null ? Sharing.Alone
                    : table.HasKey ? Sharing.OtherRows
                    : Sharing.Inserts;
                var key = change.Row?.Split(',', ')')[0] ?? "";
                var hash = key.GetHashCode(StringComparison.Ordinal);
                runs.Add(transaction.Tick, change.Table, change.Op[0], sharing, hash, table.IsObserved);
            }
        }

        return runs.Arrange();
    }

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
