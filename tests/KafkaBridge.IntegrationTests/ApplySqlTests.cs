using KafkaBridge.Apply.Sql;
using KafkaBridge.Changes;
using KafkaBridge.Postgres;
using KafkaBridge.TestKit;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.IntegrationTests;

/// <summary>The generated SQL on a real server: who wins, what a delete leaves, what this node does with its own changes.</summary>
[Trait("Kafka", "none")]
public sealed class ApplySqlTests : IAsyncLifetime, IAsyncDisposable
{
    const long Base = 425_000_000_000; // in November 2023
    const int Self = 0;

    readonly Dictionary<int, (int Epoch, ulong Lsn)> positions = [];
    PostgresServer server = null!;
    NpgsqlConnection session = null!;
    int writerNow = -1;

    static long Now => Tick.FromUnixMicroseconds(UnixTime.Now) - Base;

    public async Task InitializeAsync()
    {
        server = await PostgresServer.StartAsync(15);
        await server.CreateDatabaseAsync("app");
        await server.ExecuteAsync(
            "app",
            "CREATE TABLE public.t (id int PRIMARY KEY, a text, b text, g int GENERATED ALWAYS AS (id * 2) STORED);"
            + "CREATE TABLE public.u (a text)");
        session = new NpgsqlConnection(SessionSettings.ForApply(server.ConnectionString("app")));
        await session.OpenAsync();
        await SessionSettings.BecomeReplicaAsync(session, default);
        await BridgeSchema.InstallAsync(session, new BridgeIdentity("shop", "eu", Self, "1", 1), default);
        await ExecuteAsync("UPDATE kafkabridge.node SET adopted_at = 'epoch'");
        var tables = await Catalog.ReadTablesAsync(session, ["public.*"], default);
        foreach (var statement in ApplySql.Statements(tables))
        {
            await ExecuteAsync(statement);
        }

        for (var writer = 0; writer < 3; writer++)
        {
            await ReplicationOrigin.Of("shop", writer, Self, 0).EnsureAsync(session, default);
            await ExecuteAsync($"INSERT INTO kafkabridge.position VALUES ({writer}, 0, '0/0', 0, 0)");
        }
    }

    public async Task DisposeAsync()
    {
        await session.DisposeAsync();
        await server.DisposeAsync();
    }

    ValueTask IAsyncDisposable.DisposeAsync() => session.DisposeAsync();

    [Fact]
    public async Task An_upsert_inserts_then_updates_and_generated_columns_follow()
    {
        await ApplyAsync(1, 10, [("c", "(1,x,y,)")]);
        Assert.Equal(["1|x|y|2"], await RowsAsync());
        await ApplyAsync(1, 11, [("u", "(1,x2,,)")]);
        Assert.Equal(["1|x2|∅|2"], await RowsAsync());
    }

    [Fact]
    public async Task The_older_change_loses_and_is_noted_as_a_conflict()
    {
        await ApplyAsync(1, 20, [("c", "(1,new,,)")]);
        await ApplyAsync(2, 15, [("c", "(1,old,,)")]);
        Assert.Equal(["1|new|∅|2"], await RowsAsync());
        Assert.Equal(["insert_exists|keep_local"], await ConflictsAsync());
    }

    [Fact]
    public async Task A_change_whose_writer_knew_the_row_is_no_conflict()
    {
        await ApplyAsync(1, 20, [("c", "(1,first,,)")]);
        await ApplyAsync(2, 25, [("u", "(1,second,,)")], vector: [0, Base + 20, 0]);
        Assert.Equal(["1|second|∅|2"], await RowsAsync());
        Assert.Empty(await ConflictsAsync());
    }

    [Fact]
    public async Task A_conflict_names_both_transactions_and_both_rows_cut_at_a_length()
    {
        await ApplyAsync(1, 20, [("c", $"(1,{new string('x', 2000)},,)")], xid: 7);
        await ApplyAsync(2, 25, [("u", "(1,second,,)")], xid: 8);
        Assert.Equal(
            [$"2|1|0/64|{Base + 25}|0|8|1|∅|∅|{Base + 20}|t|∅|{new string('x', 1024)}|second|t|{{\"id\": \"1\"}}"],
            await server.TextAsync(
                "app",
                """
                SELECT remote_writer, remote_epoch, remote_commit_lsn, remote_tick, remote_ordinal, remote_xid, local_writer, local_epoch,
                  local_commit_lsn, local_tick, kafkabridge.tick(local_commit_ts) = local_tick, reviewed_by,
                  local_tuple->>'a', remote_tuple->>'a', has_omitted_values, replica_identity
                FROM kafkabridge.conflict
                """));
        await ApplyAsync(1, 30, [("d", "(2,,,)")]);
        await ApplyAsync(2, 29, [("c", "(2,late,,)")]);
        Assert.Equal(
            [$"1|1|0/C8|{Base + 30}|∅|∅"],
            await server.TextAsync(
                "app",
                "SELECT local_writer, local_epoch, local_commit_lsn, local_tick, local_commit_ts, local_tuple "
                + "FROM kafkabridge.conflict WHERE id = 2"));
    }

    [Fact]
    public async Task The_history_is_bounded_by_number_and_age()
    {
        for (var key = 1; key <= 5; key++)
        {
            await ApplyAsync(1, 10 * key, [("c", $"({key},one,,)")]);
            await ApplyAsync(2, (10 * key) + 5, [("c", $"({key},two,,)")]);
        }

        const string Kept = "SELECT replica_identity->>'id' FROM kafkabridge.conflict ORDER BY id";
        await ExecuteAsync("SELECT kafkabridge.forget_conflicts(4, '1 day')");
        Assert.Equal(["2", "3", "4", "5"], await server.TextAsync("app", Kept));
        await ExecuteAsync("UPDATE kafkabridge.conflict SET seen_at = seen_at - interval '2 days' WHERE id <= 3");
        await ExecuteAsync("SELECT kafkabridge.forget_conflicts(4, '1 day')");
        Assert.Equal(["4", "5"], await server.TextAsync("app", Kept));
    }

    [Fact]
    public async Task A_noted_version_counts_in_place_of_the_commit_time_while_it_is_there()
    {
        await ApplyAsync(1, 20, [("c", "(1,first,,)"), ("c", "(2,first,,)")]);
        await ExecuteAsync(
            "INSERT INTO kafkabridge.row_version (relid, key, row_xmin, tick, writer, epoch, commit_lsn, ordinal) "
            + $"SELECT 'public.t'::regclass, '(1)', xmin, {Base + 40}, 2, 1, '0/1', 0 FROM public.t WHERE id = 1");
        await ApplyAsync(1, 30, [("u", "(1,late,,)"), ("u", "(2,late,,)")]);
        Assert.Equal(["1|first|∅|2", "2|late|∅|4"], await RowsAsync());

        await ExecuteAsync("DELETE FROM kafkabridge.row_version");
        await ApplyAsync(1, 35, [("u", "(1,later,,)")]);
        Assert.Equal(["1|later|∅|2", "2|late|∅|4"], await RowsAsync());
    }

    [Fact]
    public async Task The_same_tick_is_decided_by_the_writer()
    {
        await ApplyAsync(2, 10, [("c", "(1,two,,)")]);
        await ApplyAsync(1, 10, [("c", "(1,one,,)")]);
        await ApplyAsync(1, 12, [("c", "(2,one,,)")]);
        await ApplyAsync(2, 12, [("c", "(2,two,,)")]);
        Assert.Equal(["1|two|∅|2", "2|two|∅|4"], await RowsAsync());
    }

    [Fact]
    public async Task A_tombstone_beats_an_older_insert()
    {
        await ApplyAsync(2, 30, [("d", "(1,,,)")]);
        await ApplyAsync(1, 20, [("c", "(1,old,,)")]);
        Assert.Empty(await RowsAsync());
        Assert.Equal(["insert_deleted|keep_local"], await ConflictsAsync());
        await ApplyAsync(1, 31, [("c", "(1,new,,)")]);
        Assert.Equal(["1|new|∅|2"], await RowsAsync());
        Assert.Equal(0L, await server.ScalarAsync<long>("app", $"SELECT count(*) FROM {await TombstoneAsync()}"));
    }

    [Fact]
    public async Task An_older_delete_loses()
    {
        await ApplyAsync(1, 20, [("c", "(1,x,,)")]);
        await ApplyAsync(2, 15, [("d", "(1,,,)")]);
        Assert.Equal(["1|x|∅|2"], await RowsAsync());
        Assert.Equal(["delete_exists|keep_local"], await ConflictsAsync());
        await ApplyAsync(2, 25, [("d", "(1,,,)")]);
        Assert.Equal("delete_origin_differs|apply_remote", (await ConflictsAsync())[^1]);
        await ApplyAsync(1, 24, [("d", "(1,,,)")]);
        Assert.Equal("delete_missing|keep_local", (await ConflictsAsync())[^1]);
        await ApplyAsync(1, 26, [("u", "(1,above,,)")]);
        Assert.Equal("update_deleted|apply_remote", (await ConflictsAsync())[^1]);
    }

    [Fact]
    public async Task Delete_then_insert_of_one_key_in_one_transaction()
    {
        await ApplyAsync(1, 10, [("c", "(1,first,,)")]);
        await ApplyAsync(1, 11, [("d", "(1,,,)"), ("c", "(1,second,,)"), ("u", "(1,third,,)")]);
        Assert.Equal(["1|third|∅|2"], await RowsAsync());
    }

    [Fact]
    public async Task Truncate_removes_older_rows_only_and_stops_older_inserts()
    {
        await ApplyAsync(1, 10, [("c", "(1,old,,)")]);
        await ApplyAsync(2, 30, [("c", "(2,new,,)")]);
        await ApplyAsync(1, 20, [("c", "(3,gone,,)"), ("t", null), ("c", "(4,after,,)")]);
        await ApplyAsync(2, 31, [("u", "(5,above,,)")]);
        Assert.Equal(["2|new|∅|4", "4|after|∅|8", "5|above|∅|10"], await RowsAsync());
        Assert.Equal(["truncate_differs|keep_local"], await ConflictsAsync());
        await ApplyAsync(1, 40, [("t", null)], vector: [0, 0, Base + 30]);
        Assert.Empty(await RowsAsync());
        Assert.Equal(["truncate_differs|keep_local", "truncate_differs|apply_remote"], await ConflictsAsync());
    }

    [Fact]
    public async Task Own_delete_leaves_a_row_that_a_user_wrote_again_and_removes_what_came_back()
    {
        await server.ExecuteAsync("app", "INSERT INTO public.t VALUES (1, 'by user')");
        await ApplyAsync(1, 10, [("c", "(2,came back,,)")]);
        await ApplyAsync(Self, 15, [("d", "(1,,,)"), ("d", "(2,,,)")]);
        Assert.Equal(["1|by user|∅|2"], await RowsAsync());
        Assert.Equal(2L, await server.ScalarAsync<long>("app", $"SELECT count(*) FROM {await TombstoneAsync()}"));
    }

    [Fact]
    public async Task A_lifted_own_row_gets_its_version_noted()
    {
        await server.ExecuteAsync("app", "INSERT INTO public.t VALUES (1, 'by user')");
        var xid = await server.ScalarAsync<uint>("app", "SELECT xmin FROM public.t");
        var now = Now;
        await ApplyAsync(Self, now + 5000, [("u", "(1,by user,,)")], xid: xid, forced: 1);
        Assert.Equal(1L, await server.ScalarAsync<long>("app", "SELECT count(*) FROM kafkabridge.row_version"));
        await ApplyAsync(1, now + 4000, [("u", "(1,older than the lift,,)")], forced: 1);
        Assert.Equal(["1|by user|∅|2"], await RowsAsync());
        await ApplyAsync(1, now + 6000, [("u", "(1,newer,,)")], forced: 1);
        Assert.Equal(["1|newer|∅|2"], await RowsAsync());
    }

    [Fact]
    public async Task A_lifted_own_row_without_key_is_passed_over()
    {
        await server.ExecuteAsync("app", "INSERT INTO public.u VALUES ('by user')");
        await ApplyAsync(Self, 10, [("u", "(by user)")], table: 2);
        Assert.Equal(["by user"], await server.TextAsync("app", "SELECT * FROM public.u"));
    }

    [Fact]
    public async Task Unchanged_columns_stay_and_a_missing_row_is_not_made_of_them()
    {
        await ApplyAsync(1, 10, [("c", "(1,x,big,)")]);
        await ApplyAsync(1, 11, [("u", "(1,x2,,)")], unchanged: "0010");
        await ApplyAsync(1, 12, [("u", "(2,x2,,)")], unchanged: "0010");
        Assert.Equal(["1|x2|big|2"], await RowsAsync());
    }

    [Fact]
    public async Task A_batch_that_comes_again_does_nothing()
    {
        await ApplyAsync(1, 10, [("c", "(1,x,,)")]);
        var before = positions[1];
        await ApplyAsync(1, 11, [("u", "(1,y,,)")]);
        positions[1] = before;
        Assert.Equal("moved", await ApplyAsync(1, 11, [("u", "(1,again,,)")]));
        Assert.Equal(["1|y|∅|2"], await RowsAsync());
        Assert.Equal(["0/C8"], await server.TextAsync("app", "SELECT commit_lsn FROM kafkabridge.position WHERE writer = 1"));
    }

    [Fact]
    public async Task A_tick_of_the_future_waits()
    {
        Assert.Equal("wait", await ApplyAsync(1, Now + 15_000, [("c", "(1,x,,)")]));
        Assert.Empty(await RowsAsync());
    }

    /// <summary>While anybody's snapshot is open all versions of the row stay, and each look by the index walks through them all.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_position_row_is_found_by_its_place(bool snapshotOpen)
    {
        const int Transactions = 400;
        await using var user = await server.ConnectAsync("app");
        await using var open = await user.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        if (snapshotOpen)
        {
            await using var look = new NpgsqlCommand("SELECT FROM kafkabridge.position", user, open);
            await look.ExecuteNonQueryAsync();
        }

        for (var i = 0; i < Transactions; i++)
        {
            Assert.Equal("done", await ApplyAsync(1, i, [("c", $"({i},x,,)")]));
        }

        await ExecuteAsync("SELECT pg_stat_force_next_flush()");
        var scans = await server.ScalarAsync<long>(
            "app", "SELECT idx_scan FROM pg_stat_user_tables WHERE relid = 'kafkabridge.position'::regclass AND n_tup_upd >= 400");
        var pages = await server.ScalarAsync<long>("app", "SELECT pg_relation_size('kafkabridge.position') / 8192");
        Assert.InRange(scans, 1, Transactions / 20);
        Assert.InRange(pages, 1, snapshotOpen ? 10 : 2);
    }

    async Task<string> ApplyAsync(
        int writer, long tick, (string Op, string? Row)[] changes, long[]? vector = null, uint xid = 0, int forced = 0,
        string? unchanged = null, int table = 1)
    {
        if (writerNow != writer)
        {
            if (writerNow >= 0)
            {
                await ReplicationOrigin.ResetAsync(session, default);
            }

            await ReplicationOrigin.Of("shop", writer, Self, 0).SetupAsync(session, default);
            writerNow = writer;
        }

        var (epoch, lsn) = positions.GetValueOrDefault(writer);
        var next = lsn + 100;
        var time = UnixTime.At((Base + tick) * Tick.Microseconds);
        await using var call = new NpgsqlCommand(
            "CALL kafkabridge.apply_batch(0, '', 0, $1, $2, 1, $3, $4, 'epoch', $5, false, false, $6, $7, $8, $9, $10::pg_lsn[], $11, $12, "
            + "$13, $14, 3, $15, $16, $17, $18, $19, $20, $21)", session);
        Add(call, writer, NpgsqlDbType.Integer);
        Add(call, Self, NpgsqlDbType.Integer);
        Add(call, epoch, NpgsqlDbType.Integer);
        Add(call, new NpgsqlLogSequenceNumber(lsn), NpgsqlDbType.PgLsn);
        Add(call, forced, NpgsqlDbType.Integer);
        Add(call, new[] { time }, NpgsqlDbType.Array | NpgsqlDbType.TimestampTz);
        Add(call, new[] { Base + tick }, NpgsqlDbType.Array | NpgsqlDbType.Bigint);
        Add(call, new[] { 0L }, NpgsqlDbType.Array | NpgsqlDbType.Bigint);
        Add(call, new[] { changes.Length }, NpgsqlDbType.Array | NpgsqlDbType.Integer);
        Add(call, new[] { new NpgsqlLogSequenceNumber(next).ToString() }, NpgsqlDbType.Array | NpgsqlDbType.Text);
        Add(call, new[] { time.AddMilliseconds(-3) }, NpgsqlDbType.Array | NpgsqlDbType.TimestampTz);
        Add(call, new[] { xid }, NpgsqlDbType.Array | NpgsqlDbType.Xid);
        Add(call, vector ?? [0, 0, 0], NpgsqlDbType.Array | NpgsqlDbType.Bigint);
        Add(call, new[] { long.MaxValue, long.MaxValue, long.MaxValue }, NpgsqlDbType.Array | NpgsqlDbType.Bigint);
        Add(call, changes.Select(_ => 1).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer);
        Add(call, changes.Select(_ => table).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer);
        Add(call, changes.Select(change => change.Op[0]).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.InternalChar);
        Add(call, changes.Select(change => change.Row).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
        Add(call, changes.Select(_ => unchanged).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
        Add(call, changes.Select((_, i) => i).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer);
        Add(call, changes.Select((_, i) => i + 1).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer);
        await using var reader = await call.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        var state = reader.GetString(1);
        if (state == "done")
        {
            Assert.Equal(1, reader.GetInt32(0));
            positions[writer] = (1, next);
        }

        return state;
    }

    static void Add(NpgsqlCommand command, object value, NpgsqlDbType type) =>
        command.Parameters.Add(new() { Value = value, NpgsqlDbType = type });

    async Task ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, session);
        await command.ExecuteNonQueryAsync();
    }

    Task<IReadOnlyList<string>> RowsAsync() => server.TextAsync("app", "SELECT * FROM public.t ORDER BY id");

    Task<IReadOnlyList<string>> ConflictsAsync() =>
        server.TextAsync("app", "SELECT conflict_type, resolution FROM kafkabridge.conflict ORDER BY id");

    async Task<string> TombstoneAsync() =>
        (await server.ScalarAsync<string>("app", "SELECT 'kafkabridge.tombstone_' || 'public.t'::regclass::oid"))!;
}
