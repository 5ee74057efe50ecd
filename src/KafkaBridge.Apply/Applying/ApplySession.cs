using System.Globalization;
using KafkaBridge.Apply.Folding;
using KafkaBridge.Apply.ForeignKeys;
using KafkaBridge.Apply.Sql;
using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;
using KafkaBridge.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Apply.Applying;

/// <summary>An origin's position row.</summary>
readonly record struct HeldPosition(TransactionPosition Position, long Tick, long SpineOffset);

/// <summary>
/// Done: how many of the batch's transactions are committed. Waits: the next one's tick is not past yet. IsKeyTaken: the next one's tick
/// inserts a key that is not new.
/// </summary>
readonly record struct BatchResult(int Done, bool Waits, bool IsKeyTaken);

/// <summary>
/// A session of this node's database: the round's first, and one for every origin. After any failure all are thrown away,
/// and what holds is what the position rows say.
/// </summary>
sealed class ApplySession : IAsyncDisposable
{
    /// <summary>Held shared by every session that applies, as an advisory lock of its database.</summary>
    static readonly (object Value, NpgsqlDbType Type)[] Applying = [(0x6B62, NpgsqlDbType.Integer), (1, NpgsqlDbType.Integer)];

    const string KeyTaken = "key taken";

    readonly ApplyOptions options;
    readonly ApplyCounters counters;
    readonly NpgsqlConnection connection;
    int writer = -1; // the round's first applies nobody's changes
    DateTime adoptedAt;
    FoldWriter? fold;
    bool awaitsDecisions;

    ApplySession(ApplyOptions options, ApplyCounters counters, NpgsqlConnection connection)
    {
        (this.options, this.counters, this.connection) = (options, counters, connection);
        CommitTimes = new CommitTimes(connection);
    }

    /// <summary>Of the round's first session.</summary>
    public CommitTimes CommitTimes { get; }

    public int NodeEpoch { get; private set; }

    public TargetTables Tables { get; private set; } = new([]);

    public ForeignKeyRules ForeignKeys { get; private set; } = new([], new Dictionary<RelationName, ForeignKeyRule>());

    public FoldedTables Folded { get; private set; } = new([], new Dictionary<RelationName, TableRule>(), []);

    /// <summary>The first session of a round: it reads the tables and makes their functions.</summary>
    public static async Task<ApplySession> OpenAsync(ApplyOptions options, ApplyCounters counters, CancellationToken ct)
    {
        var session = await ConnectAsync(options, counters, "10s", ct);
        try
        {
            await session.OutliveEarlierAsync(ct);
            await session.CommitTimes.LookAsync(ct);
            await session.MakeFunctionsAsync(ct);
            session.awaitsDecisions = session.CommitTimes.AwaitsDecisions || session.Folded.StopsLosers;
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>One more, for one origin. It waits for a user's lock as long as that is held: no other origin waits with it.</summary>
    public async Task<ApplySession> ForAsync(int origin, ClusterProgress progress, CancellationToken ct)
    {
        var session = await ConnectAsync(options, counters, "0", ct);
        try
        {
            (session.writer, session.Tables, session.Folded, session.awaitsDecisions) = (origin, Tables, Folded, awaitsDecisions);
            session.fold = new FoldWriter(
                session.connection, origin, options.NodeNumber, progress,
                new FunctionAnswers(session.connection, options.FunctionDigest, Name));
            await session.connection.ExecuteAsync("SELECT pg_catalog.pg_advisory_lock_shared($1, $2)", ct, Applying);
            await Origin(origin).SetupAsync(session.connection, ct);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    static async Task<ApplySession> ConnectAsync(ApplyOptions options, ApplyCounters counters, string lockTimeout, CancellationToken ct)
    {
        var address = new NpgsqlConnectionStringBuilder(SessionSettings.ForApply(options.ConnectionString))
        {
            ApplicationName = ApplyWorker.SessionName(options.Cluster, options.Node),
            Pooling = false,
            MaxAutoPrepare = 20,
            AutoPrepareMinUsages = 2,
            KeepAlive = 30,
            CommandTimeout = 0,
        };
        var session = new ApplySession(options, counters, new NpgsqlConnection(address.ConnectionString));
        try
        {
            await session.StartAsync(lockTimeout, ct);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Creates the node's origin and position row where they are missing, and reads where it stands.</summary>
    public async Task<HeldPosition> AddOriginAsync(int writer, CancellationToken ct)
    {
        await Origin(writer).EnsureAsync(connection, ct);
        await connection.ExecuteAsync(
            "INSERT INTO kafkabridge.position (writer, epoch, commit_lsn, tick, spine_offset) VALUES ($1, 0, '0/0', 0, -1) ON "
            + "CONFLICT (writer) DO NOTHING",
            ct, (writer, NpgsqlDbType.Integer));
        return await PositionAsync(writer, ct);
    }

    public async Task<HeldPosition> PositionAsync(int writer, CancellationToken ct)
    {
        await using var command = connection.Command(
            "SELECT epoch, commit_lsn, tick, spine_offset FROM kafkabridge.position WHERE writer = $1", (writer, NpgsqlDbType.Integer));
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? new HeldPosition(
                new TransactionPosition(reader.GetInt32(0), new Lsn((ulong)reader.GetFieldValue<NpgsqlLogSequenceNumber>(1))),
                reader.GetInt64(2), reader.GetInt64(3))
            : throw new InvalidOperationException(
                $"kafkabridge.position has no row of node {writer}; a row was removed while the bridge ran. Restart it.");
    }

    public Task<IReadOnlyList<SkipOrder>> SkipOrdersAsync(int writer, CancellationToken ct) => SkipOrder.ReadAsync(connection, writer, ct);

    public Task NoteLeftOutAsync(TransactionPosition position, CancellationToken ct) =>
        SkipOrder.NoteDoneAsync(connection, writer, position, ct);

    public Task WriteHaltAsync(int writer, string? id, string sentence, CancellationToken ct) =>
        Halt.WriteAsync(connection, writer, id, sentence, ct);

    public async Task<bool> IsHaltedAsync(int writer, CancellationToken ct) =>
        (await Halt.ReadAsync(connection, ct)).Any(halt => halt.Writer == writer);

    public Task ForgetHaltAsync(int writer, CancellationToken ct) => Halt.RemoveAsync(connection, writer, ct);

    /// <summary>A write of the origin about which a person has to decide, if there is one: a sentence.</summary>
    public async Task<string?> LostWriteOfAsync(int origin, CancellationToken ct) =>
        awaitsDecisions && origin != options.NodeNumber
            ? await LostWrites.FindAsync(connection, origin, options.Node, Name, ct)
            : null;

    /// <exception cref="UndecidedConflictException">A write of this session's origin lost by the rule error.</exception>
    public async Task RequireDecidedAsync(CancellationToken ct)
    {
        if (await LostWriteOfAsync(writer, ct) is { } sentence)
        {
            throw new UndecidedConflictException(sentence);
        }
    }

    string Name(int number) => options.Nodes().FirstOrDefault(node => node.Number == number)?.Name ?? $"node {number}";

    public Task ForgetHaltsAsync(CancellationToken ct) => Halt.RemoveAllAsync(connection, ct);

    /// <summary>Applies whole transactions in one CALL, each tick in a local transaction of its own.</summary>
    /// <param name="fresh">Keys inserted are taken for new ones.</param>
    public async Task<BatchResult> ApplyAsync(
        TransactionPosition after, BatchCall call, long[] knownAt, int forced, bool fresh, CancellationToken ct)
    {
        await using var command = connection.Command(
            "CALL kafkabridge.apply_batch(0, '', 0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14::pg_lsn[], $15, $16, $17, "
            + "$18, $19, $20, $21, $22, $23, $24, $25, $26)",
            [
                (writer, NpgsqlDbType.Integer), (options.NodeNumber, NpgsqlDbType.Integer), (call.Epoch, NpgsqlDbType.Integer),
                (after.Epoch, NpgsqlDbType.Integer), (Server(after.CommitLsn), NpgsqlDbType.PgLsn),
                (adoptedAt, NpgsqlDbType.TimestampTz), (forced, NpgsqlDbType.Integer),
                (writer == options.NodeNumber, NpgsqlDbType.Boolean), (fresh, NpgsqlDbType.Boolean), .. call.Parameters(knownAt),
            ]);
        var (done, state, counts) = await CallAsync(command, after, fresh, ct);
        if (state == "moved")
        {
            throw new PositionMovedException(
                $"the position of node {writer} is no longer {after}: another session applies to this database");
        }

        counters.Committed(writer, call.Transactions[..done], counts & uint.MaxValue, counts >> 32);
        return new BatchResult(done, Waits: state == "wait", IsKeyTaken: state == KeyTaken);
    }

    async Task<(int Done, string State, long Counts)> CallAsync(
        NpgsqlCommand command, TransactionPosition after, bool fresh, CancellationToken ct)
    {
        try
        {
            await using var reader = await command.ExecuteReaderAsync(ct);
            await reader.ReadAsync(ct);
            return (reader.GetInt32(0), reader.GetString(1), reader.GetInt64(2));
        }
        catch (PostgresException failure) when (fresh && failure.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // The ticks before the one that failed are committed; what an earlier CALL has left there began elsewhere.
            const string Reached = "SELECT COALESCE(pg_catalog.current_setting('kafkabridge.reached', true), '')";
            var reached = (string)(await connection.ScalarAsync(Reached, ct))!;
            return reached.Split(' ') is [var epoch, var lsn, var done, var counts]
                && (int.Parse(epoch, CultureInfo.InvariantCulture), Lsn.Parse(lsn)) == (after.Epoch, after.CommitLsn)
                ? (int.Parse(done, CultureInfo.InvariantCulture), KeyTaken, long.Parse(counts, CultureInfo.InvariantCulture))
                : (0, KeyTaken, 0);
        }
    }

    /// <summary>Opens the local transaction of one source transaction that goes its own way.</summary>
    /// <param name="mayCopy">See <see cref="TableCopy"/>.</param>
    public async Task<LargeTransaction> BeginAsync(Batch.Entry entry, bool mayCopy, CancellationToken ct)
    {
        await connection.ExecuteAsync("BEGIN", ct);
        await connection.ExecuteAsync("SELECT pg_catalog.pg_replication_origin_xact_setup($1, $2)", ct,
            (Server(entry.Transaction.CommitLsn), NpgsqlDbType.PgLsn), (entry.CommitTime, NpgsqlDbType.TimestampTz));
        return new LargeTransaction(connection, new LargeTransaction.Applier(writer, options.NodeNumber, adoptedAt), fold!, entry)
        {
            Copy = mayCopy ? new TableCopy(connection, Tables.All) : null,
        };
    }

    public async Task CommitAsync(LargeTransaction large, TransactionPosition after, HeldPosition reached, CancellationToken ct)
    {
        if (Tables.HaveClaims)
        {
            await connection.ExecuteAsync(
                "SELECT kafkabridge.settle($1, $2, $3, $4, $5, pg_catalog.pg_current_xact_id()::xid)", ct,
                (large.Entry.Transaction.VersionTick, NpgsqlDbType.Bigint), (writer, NpgsqlDbType.Integer),
                (options.NodeNumber, NpgsqlDbType.Integer), (large.Entry.CommitTime, NpgsqlDbType.TimestampTz),
                (adoptedAt, NpgsqlDbType.TimestampTz));
        }

        await MoveAsync(after, reached, large.Entry.CommitTime, ct);
        if (writer == options.NodeNumber)
        {
            await connection.ExecuteAsync("SET LOCAL synchronous_commit = on", ct);
        }

        await connection.ExecuteAsync("COMMIT", ct);
        counters.Committed(writer, [large.Entry.Transaction], large.Events, large.Conflicts);
    }

    /// <summary>Notes progress over transactions and heartbeats that change nothing here.</summary>
    public Task PassAsync(TransactionPosition after, HeldPosition reached, CancellationToken ct) =>
        MoveAsync(after, reached, null, ct);

    /// <summary>Removes what no change that can still come would be compared with.</summary>
    public async Task CollectAsync(IReadOnlyList<int> nodes, ClusterProgress progress, CancellationToken ct)
    {
        foreach (var statement in CollectSql.Statements(Tables.All))
        {
            await connection.ExecuteAsync(statement, ct, (progress.Settled, NpgsqlDbType.Bigint));
        }

        await FoldCollection.RunAsync(connection, Folded, nodes, progress, ct);
    }

    public Task ForgetConflictsAsync(CancellationToken ct) =>
        connection.ExecuteAsync(
            "SELECT kafkabridge.forget_conflicts($1, $2)", ct,
            (Limits.Conflicts, NpgsqlDbType.Bigint), (Limits.ConflictAge, NpgsqlDbType.Interval));

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    async Task StartAsync(string lockTimeout, CancellationToken ct)
    {
        await connection.OpenAsync(ct);
        await SessionSettings.BecomeReplicaAsync(connection, ct);
        await connection.ExecuteAsync(
            $"{SessionSettings.WithoutTimeouts}; SET lock_timeout = '{lockTimeout}'; SET jit = off; SET client_min_messages = warning", ct);

        // All is found by key, whatever the statistics say of a table that was empty when its plan was made.
        await connection.ExecuteAsync(
            "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off; "
            + "SET enable_mergejoin = off", ct);
        const string Node = "SELECT epoch, adopted_at, pg_catalog.current_setting('track_commit_timestamp') = 'on', "
            + "pg_catalog.set_config('kafkabridge.mark', COALESCE(mark::text, ''), false) FROM kafkabridge.node WHERE name = $1";
        await using (var command = connection.Command(Node, (options.Node, NpgsqlDbType.Text)))
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            if (!await reader.ReadAsync(ct))
            {
                throw new InvalidOperationException(
                    $"kafkabridge.node of database '{connection.Database}' does not name node {options.Node}. Type: kafkabridge apply");
            }

            (NodeEpoch, adoptedAt) = (reader.GetInt32(0), reader.GetDateTime(1));
            CommitTimes.RequireKept(reader.GetBoolean(2), connection);
        }
    }

    /// <summary>
    /// A session whose client is gone may still be at its CALL, and the tracker doesn't know of it: it is ended, and this
    /// one goes on when it holds nothing any more.
    /// </summary>
    async Task OutliveEarlierAsync(CancellationToken ct)
    {
        const string EndEarlier = """
            SELECT pg_catalog.pg_terminate_backend(l.pid) FROM pg_catalog.pg_locks AS l
            JOIN pg_catalog.pg_database AS d ON d.oid = l.database AND d.datname = pg_catalog.current_database()
            JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid AND a.usename = CURRENT_USER
            WHERE l.locktype = 'advisory' AND l.classid::bigint = $1 AND l.objid::bigint = $2 AND l.granted
            """;
        await connection.ExecuteAsync(EndEarlier, ct, Applying);
        await connection.ExecuteAsync("SELECT pg_catalog.pg_advisory_lock($1, $2)", ct, Applying);
        await connection.ExecuteAsync("SELECT pg_catalog.pg_advisory_unlock($1, $2)", ct, Applying);
    }

    async Task MakeFunctionsAsync(CancellationToken ct)
    {
        Tables = new TargetTables(await Catalog.ReadTablesAsync(connection, [.. options.Tables.Select(table => table.ToString())], ct));
        Folded = new FoldedTables(Tables.All, options.Rules, options.Priorities);
        ForeignKeys = new ForeignKeyRules(Tables.All, options.ForeignKeys);
        foreach (var statement in ApplySql.Statements(Tables.All, ForeignKeys.Restored))
        {
            await connection.ExecuteAsync(statement, ct);
        }
    }

    /// <param name="commitTime">What the open transaction was given; null where there is none.</param>
    async Task MoveAsync(TransactionPosition after, HeldPosition reached, DateTime? commitTime, CancellationToken ct)
    {
        const string Move = """
            WITH moved AS (
              UPDATE kafkabridge.position SET epoch = $1, commit_lsn = $2, tick = $3, spine_offset = $4
              WHERE writer = $5 AND epoch = $6 AND commit_lsn = $7 RETURNING writer)
            SELECT m.writer FROM moved AS m, LATERAL kafkabridge.mark_applied(m.writer, $1, $2, $3, $6, $7, $8)
            """;
        var moved = await connection.ScalarAsync(
            Move, ct, (reached.Position.Epoch, NpgsqlDbType.Integer), (Server(reached.Position.CommitLsn), NpgsqlDbType.PgLsn),
            (reached.Tick, NpgsqlDbType.Bigint), (reached.SpineOffset, NpgsqlDbType.Bigint), (writer, NpgsqlDbType.Integer),
            (after.Epoch, NpgsqlDbType.Integer), (Server(after.CommitLsn), NpgsqlDbType.PgLsn),
            ((object?)commitTime ?? DBNull.Value, NpgsqlDbType.TimestampTz));
        if (moved is null)
        {
            throw new PositionMovedException(
                $"the position of node {writer} is no longer {after}: another session applies to this database");
        }
    }

    ReplicationOrigin Origin(int writer) => ReplicationOrigin.Of(options.Cluster, writer, options.NodeNumber, 0);

    static NpgsqlLogSequenceNumber Server(Lsn lsn) => new(lsn.Value);
}
