using KafkaBridge.Changes;
using KafkaBridge.TestKit;
using KafkaBridge.Wire;

namespace KafkaBridge.IntegrationTests;

public sealed class CaptureTests
{
    [Fact]
    public async Task Rows_come_out_of_Kafka_as_they_went_in()
    {
        await using var node = await CaptureFixture.StartAsync(
            "CREATE TABLE item (id int PRIMARY KEY, name text, big text); CREATE TABLE note (text text)", ["item"], ["note"]);
        await node.WhileCapturingAsync(async _ =>
        {
            await Eventually.TrueAsync(() => node.Spine().Count > 0, "a session");
            await node.SqlAsync("INSERT INTO item VALUES (1, 'one', NULL), (2, 'two', '')");
            await node.SqlAsync("UPDATE item SET name = 'eins' WHERE id = 1");
            await node.SqlAsync("UPDATE item SET id = 3 WHERE id = 2");
            await node.SqlAsync("DELETE FROM item WHERE id = 1");
            await node.SqlAsync("INSERT INTO note VALUES ('hello')");
            await node.SqlAsync("TRUNCATE item, note");
            await node.SpineHoldsAsync(6);
        });

        Assert.Equal(["c:1|one|∅", "c:2|two|", "u:1|eins|∅", "d:2|∅|∅", "c:3|two|", "d:1|∅|∅", "t:"], await node.RowsAsync("item"));
        Assert.Equal(["c:hello", "t:"], await node.RowsAsync("note"));
        var transactions = node.Transactions();
        Assert.Equal([2, 1, 2, 1, 1, 2], transactions.Select(transaction => transaction.RecordCount));
        Assert.Equal([false, false, true, true, false, true], transactions.Select(transaction => transaction.SelfApply));
        Assert.Equal(
            transactions.Select(transaction => transaction.CommitLsn).Order(), transactions.Select(transaction => transaction.CommitLsn));
        var headers = node.Read(node.Topics.ForTable(new RelationName("public", "item")))
            .ConvertAll(record => RecordHeader.Parse(record.Message.Headers.GetLastBytes(RecordHeader.Name)));
        Assert.Equal([0, 2, 0, 0, 1, 0, 0], headers.Select(header => header.Ordinal));
        Assert.Equal(RecordFlags.ReservedKey, headers[^1].Flags);
        Assert.All(headers, header => Assert.Contains(transactions, t => t.CommitLsn == header.CommitLsn && t.VersionTick == header.Tick));
    }

    [Fact]
    public async Task A_restart_goes_on_in_a_new_session_and_loses_nothing()
    {
        await using var node = await CaptureFixture.StartAsync("CREATE TABLE item (id int PRIMARY KEY)", ["item"], []);
        for (var run = 0; run < 3; run++)
        {
            var first = run;
            await node.SqlAsync($"INSERT INTO item VALUES ({10 * run})"); // while nobody captures; before the slot in the first run
            await node.WhileCapturingAsync(async _ =>
            {
                await Eventually.TrueAsync(
                    () => node.Spine().Count(record => record.Kind == SpineKind.SessionStart) == first + 1, "a session");
                await node.SqlAsync($"INSERT INTO item VALUES ({(10 * first) + 1})");
                await node.SpineHoldsAsync((2 * first) + 1);
            });
        }

        Assert.Equal(["c:1", "c:10", "c:11", "c:20", "c:21"], await node.RowsAsync("item"));
        Assert.Equal([1, 2, 3], node.Spine().Select(record => record.Session).Distinct());
        var ticks = node.Transactions().ConvertAll(transaction => transaction.VersionTick);
        Assert.Equal(ticks.Order(), ticks);
    }

    [Fact]
    public async Task Heartbeats_promise_and_confirm_while_nobody_writes()
    {
        await using var node = await CaptureFixture.StartAsync("CREATE TABLE item (id int PRIMARY KEY)", ["item"], []);
        await node.WhileCapturingAsync(async worker =>
        {
            await Eventually.TrueAsync(() => node.Spine().Count(record => record.Kind == SpineKind.Heartbeat) >= 3, "heartbeats");
            await node.SqlAsync("CREATE TABLE elsewhere AS SELECT generate_series(1, 1000)");
            var end = Lsn.Parse((await node.Server.ScalarAsync<string>(CaptureFixture.Database, "SELECT pg_current_wal_lsn()::text"))!);
            await Eventually.TrueAsync(() => worker.Status.Confirmed >= end, "the slot follows");
        });

        var watermarks = node.Spine().ConvertAll(record => record.Watermark);
        Assert.True(watermarks[^1] > 0);
        Assert.Equal(watermarks.Order(), watermarks);
    }

    [Fact]
    public async Task What_a_bridge_applied_is_not_published_but_known()
    {
        await using var node = await CaptureFixture.StartAsync("CREATE TABLE item (id int PRIMARY KEY)", ["item"], []);
        await node.WhileCapturingAsync(async _ =>
        {
            await Eventually.TrueAsync(() => node.Spine().Count > 0, "a session");
            await node.SqlAsync("INSERT INTO item VALUES (1)");
            await node.SqlAsync(
                """
                SELECT pg_replication_origin_create('kafkabridge_c_1_0_0');
                SELECT pg_replication_origin_session_setup('kafkabridge_c_1_0_0');
                BEGIN;
                SELECT pg_replication_origin_xact_setup('0/123', now());
                INSERT INTO item VALUES (2);
                INSERT INTO kafkabridge.position (writer, epoch, commit_lsn, tick, spine_offset) VALUES (1, 1, '0/123', 9000000000000, 0);
                COMMIT;
                """);
            await node.SqlAsync("INSERT INTO item VALUES (3)");
            await node.SpineHoldsAsync(2);
        });

        Assert.Equal(["c:1", "c:3"], await node.RowsAsync("item"));
        var (before, after) = (node.Transactions()[0], node.Transactions()[1]);
        Assert.Empty(before.Vector);
        Assert.Equal([new Knowledge(1, new TransactionPosition(1, new Lsn(0x123)), 9000000000000)], after.Vector);
        Assert.Equal(9000000000001, after.VersionTick);
        Assert.True(after.IsLifted && after.SelfApply);
    }

    [Fact]
    public async Task Unchanged_large_values_are_read_again_and_rows_too_large_travel_in_pieces()
    {
        await using var node = await CaptureFixture.StartAsync(
            "CREATE TABLE item (id int PRIMARY KEY, n int, big text); ALTER TABLE item ALTER big SET STORAGE EXTERNAL", ["item"], []);
        await node.WhileCapturingAsync(async _ =>
        {
            await Eventually.TrueAsync(() => node.Spine().Count > 0, "a session");
            await node.SqlAsync("INSERT INTO item VALUES (1, 1, repeat('x', 10000))");
            await node.SqlAsync("UPDATE item SET n = 2");
            await node.SqlAsync("INSERT INTO item VALUES (2, 1, repeat('y', 2500000))");
            await node.SpineHoldsAsync(3);
        });

        var rows = await node.RowsAsync("item");
        Assert.Equal("u:1|2|" + new string('x', 10000), rows[1]);
        var pieces = node.Read(node.Topics.Chunks);
        Assert.Equal(2500000, pieces.Sum(piece => piece.Message.Value.Length));
        var record = node.Read(node.Topics.ForTable(new RelationName("public", "item")))[2];
        var pointer = Assert.Single(ChunkHeader.Decode(record.Message.Headers.GetLastBytes(ChunkHeader.Name)));
        Assert.Equal((2, false, 2500000L, pieces.Count), (pointer.Column, pointer.InBefore, pointer.Length, pointer.Pieces));
        Assert.Equal(pieces.Count + 1, node.Transactions()[2].RecordCount);
    }
}
