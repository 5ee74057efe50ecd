using KafkaBridge.Changes;
using KafkaBridge.Postgres;
using KafkaBridge.TestKit;
using Npgsql;

namespace KafkaBridge.IntegrationTests;

/// <summary>From 16 on the stream leaves out what has an origin, and marks tell what was applied.</summary>
public sealed class OwnOnlyTests
{
    const string Origin = "kafkabridge_c_1_0_0";

    [Fact]
    public async Task What_was_applied_is_known_as_soon_as_it_can_be_seen_and_never_else()
    {
        await using var node = await StartAsync();
        await using var applier = await ApplierAsync(node);
        await node.WhileCapturingAsync(async worker =>
        {
            await LeavesOutAsync(node);
            await node.SqlAsync($"SELECT pg_logical_emit_message(false, '{AppliedMark.Prefix}', 'x 800 1 1 0/FF 9999999999999 0 0/0')");
            await node.SqlAsync("INSERT INTO item VALUES (1)"); // what anybody may write is no mark
            await ExecuteAsync(applier, Apply(100, after: 0) + "COMMIT");
            await node.SqlAsync("INSERT INTO item VALUES (2)"); // knows 100
            await ExecuteAsync(applier, Apply(200, after: 100) + "ROLLBACK");
            await node.SqlAsync("INSERT INTO item VALUES (3)"); // still 100
            await ExecuteAsync(applier, Apply(200, after: 100));
            const string Inserted = "SELECT pg_current_wal_insert_lsn()::text";
            var open = Lsn.Parse((await node.Server.ScalarAsync<string>(CaptureFixture.Database, Inserted))!);
            await node.SqlAsync("INSERT INTO item VALUES (4)"); // still 100
            await node.SpineHoldsAsync(4);
            var heartbeats = node.Spine().Count;
            await Eventually.TrueAsync(() => node.Spine().Count > heartbeats + 2, "heartbeats");
            Assert.True(worker.Status.Confirmed <= open, $"confirmed {worker.Status.Confirmed}, a mark not later than {open} is open");
            await ExecuteAsync(applier, "COMMIT");
            await node.SqlAsync("INSERT INTO item VALUES (5)"); // 200
            await ExecuteAsync(applier, Apply(300, after: 200) + "COMMIT;" + Apply(400, after: 300) + "COMMIT");
            await node.SqlAsync("INSERT INTO item VALUES (6)"); // 400
            await node.SpineHoldsAsync(6);
            await Eventually.TrueAsync(() => worker.Status.Confirmed > open, "the slot follows");
        });

        Assert.Equal(["c:1", "c:2", "c:3", "c:4", "c:5", "c:6"], await node.RowsAsync("item"));
        Assert.Equal(["", "100", "100", "100", "200", "400"], node.Transactions().Select(Known));
        var lifted = node.Transactions()[^1];
        Assert.Equal(lifted.Vector[0].Tick + 1, lifted.VersionTick);
        Assert.Equal([1], node.Spine().Select(record => record.Session).Distinct());
    }

    [Fact]
    public async Task A_restart_knows_what_was_applied_before_and_meanwhile()
    {
        await using var node = await StartAsync();
        await using var applier = await ApplierAsync(node);
        await node.WhileCapturingAsync(async _ =>
        {
            await LeavesOutAsync(node);
            await ExecuteAsync(applier, Apply(100, after: 0) + "COMMIT;" + Apply(200, after: 100)); // open over the end
            await node.SqlAsync("INSERT INTO item VALUES (1)");
            await node.SpineHoldsAsync(1);
        });
        await node.SqlAsync("INSERT INTO item VALUES (2)"); // between the mark of 200 and its commit: either
        await ExecuteAsync(applier, "COMMIT");
        await node.SqlAsync("INSERT INTO item VALUES (3)");
        await ExecuteAsync(applier, Apply(300, after: 200) + "COMMIT");
        await node.WhileCapturingAsync(async _ =>
        {
            await node.SpineHoldsAsync(3);
            await LeavesOutAsync(node);
            await node.SqlAsync("INSERT INTO item VALUES (4)");
            await ExecuteAsync(applier, Apply(400, after: 300) + "COMMIT");
            await node.SqlAsync("INSERT INTO item VALUES (5)");
            await node.SpineHoldsAsync(5);
        });

        Assert.Equal(["c:1", "c:2", "c:3", "c:4", "c:5"], await node.RowsAsync("item"));
        var known = node.Transactions().ConvertAll(Known);
        Assert.True(known[1] is "100" or "200", known[1]);
        Assert.Equal(["100", "200", "300", "400"], known.Where((_, i) => i != 1));
    }

    [Fact]
    public async Task What_another_origin_writes_is_published_from_its_first_row_on()
    {
        await using var node = await StartAsync();
        await node.WhileCapturingAsync(async worker =>
        {
            await LeavesOutAsync(node);
            await node.SqlAsync(
                "SELECT pg_replication_origin_create('elsewhere'); SELECT pg_replication_origin_session_setup('elsewhere'); "
                + "INSERT INTO item VALUES (1)");
            await node.SqlAsync("INSERT INTO item VALUES (2)");
            await node.SpineHoldsAsync(2);
            Assert.False(await OwnOnlyAsync(node));
            await node.SqlAsync("SELECT pg_replication_origin_drop('elsewhere')");
            await LeavesOutAsync(node);
            await node.SqlAsync("INSERT INTO item VALUES (3)");
            await node.SpineHoldsAsync(3);
        });

        // What was sent before the other origin was noticed came without its spine entry, and comes again.
        Assert.Equal(["c:1", "c:2", "c:3"], (await node.RowsAsync("item")).Distinct().Order());
        Assert.Equal([1, 1, 1], node.Transactions().Select(transaction => transaction.RecordCount));
        Assert.Equal([1, 2], node.Spine().Select(record => record.Session).Distinct());
    }

    [Fact]
    public async Task A_position_row_that_somebody_moved_is_found_in_the_log()
    {
        await using var node = await StartAsync();
        await using var applier = await ApplierAsync(node);
        await node.WhileCapturingAsync(async _ =>
        {
            await LeavesOutAsync(node);
            await ExecuteAsync(applier, Apply(100, after: 0) + "COMMIT");
            await node.SqlAsync("INSERT INTO item VALUES (1)");
            await node.SpineHoldsAsync(1);
            await ExecuteAsync(applier, "BEGIN; UPDATE kafkabridge.position SET commit_lsn = '0/C8'; COMMIT"); // 200, and no mark
            await ExecuteAsync(applier, Apply(300, after: 200) + "COMMIT");
            await node.SqlAsync("INSERT INTO item VALUES (2)");
            await node.SpineHoldsAsync(2);
        });

        Assert.Equal(["c:1", "c:2"], await node.RowsAsync("item"));
        Assert.Equal(["100", "300"], node.Transactions().Select(Known));
    }

    /// <summary>Up to where it knew node 1.</summary>
    static string Known(SpineTransaction transaction) =>
        string.Join(' ', transaction.Vector.Select(known => known.Position.CommitLsn.Value));

    static async Task<CaptureFixture> StartAsync()
    {
        var node = await CaptureFixture.StartAsync("CREATE TABLE item (id int PRIMARY KEY)", ["item"], [], version: 18);
        await node.SqlAsync(AppliedMark.CreateFunction);
        await node.SqlAsync("INSERT INTO kafkabridge.position (writer, epoch, commit_lsn, tick, spine_offset) VALUES (1, 0, '0/0', 0, -1)");
        return node;
    }

    static async Task<NpgsqlConnection> ApplierAsync(CaptureFixture node)
    {
        var applier = await node.Server.ConnectAsync(CaptureFixture.Database);
        await ExecuteAsync(applier, $"SELECT pg_replication_origin_create('{Origin}')");
        await new ReplicationOrigin(Origin, 1).SetupAsync(applier, CancellationToken.None);
        return applier;
    }

    /// <summary>A transaction of node 1 up to its mark, with a tick far ahead.</summary>
    static string Apply(int lsn, int after) =>
        $"""
        BEGIN;
        SELECT pg_replication_origin_xact_setup('0/{lsn:X}', now());
        INSERT INTO item VALUES ({1000 + lsn});
        UPDATE kafkabridge.position SET epoch = 1, commit_lsn = '0/{lsn:X}', tick = {9000000000000 + (1000 * lsn)};
        SELECT kafkabridge.mark_applied(
          1, 1, '0/{lsn:X}', {9000000000000 + (1000 * lsn)}, {(after == 0 ? 0 : 1)}, '0/{after:X}', now());

        """;

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    static Task LeavesOutAsync(CaptureFixture node) =>
        Eventually.EqualAsync(true, () => OwnOnlyAsync(node), "the stream leaves out what has an origin");

    static Task<bool> OwnOnlyAsync(CaptureFixture node) => node.Server.ScalarAsync<bool>(
        CaptureFixture.Database,
        "SELECT EXISTS (SELECT FROM pg_stat_activity AS a JOIN pg_replication_slots AS s ON s.active_pid = a.pid "
            + "WHERE a.query LIKE '%origin%none%')");
}
