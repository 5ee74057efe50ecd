using KafkaBridge.Capture.PgOutput;
using KafkaBridge.Capture.Reading;
using KafkaBridge.Changes;
using KafkaBridge.Postgres;

namespace KafkaBridge.Capture.Tests;

public sealed class TransactionFramerTests
{
    static readonly Relation Item = new(
        1, new RelationName("public", "item"), ReplicaIdentity.Default,
        [new RelationColumn("id", 23, -1, "integer", true), new RelationColumn("name", 25, -1, "text", false)]);

    static readonly Relation Position = new(
        2, Publication.Position, ReplicaIdentity.Default,
        [
            .. new[] { "writer", "epoch", "commit_lsn", "tick" }.Select(
                name => new RelationColumn(name, 20, -1, "bigint", name == "writer")),
        ]);

    readonly TransactionFramer framer = new(oid => oid == 1 ? Item : Position);

    static InsertMessage Insert => new(0, 1, Row("1", "a"));

    [Fact]
    public void Ordinals_are_even_and_count_from_zero_in_each_transaction()
    {
        for (var commit = 100ul; commit < 300; commit += 100)
        {
            framer.Accept(new BeginMessage(new Lsn(commit), 0, 1));
            Assert.Equal(0, Assert.Single(framer.Accept(Insert)).Ordinal);
            Assert.Equal([2, 4], framer.Accept(new TruncateMessage(0, [1, 1], false, false)).Select(change => change.Ordinal));
            Assert.Equal(6, Assert.Single(framer.Accept(new DeleteMessage(0, 1, Row("1", null), true))).Ordinal);
            framer.Accept(new CommitMessage(new Lsn(commit), new Lsn(commit + 10), 0));
        }
    }

    [Fact]
    public void What_a_bridge_applied_has_no_changes_but_its_position()
    {
        framer.Accept(new BeginMessage(new Lsn(100), 0, 1));
        framer.Accept(new OriginMessage(default, "kafkabridge_c_3_0_0"));
        Assert.Empty(framer.Accept(Insert));
        Assert.Empty(framer.Accept(new UpdateMessage(0, 2, null, false, Row("3", "1", "0/AB", "77"))));
        Assert.Equal([new Knowledge(3, new TransactionPosition(1, new Lsn(0xAB)), 77)], framer.Applied);
    }

    [Fact]
    public void Another_origin_is_this_nodes_own()
    {
        framer.Accept(new BeginMessage(new Lsn(100), 0, 1));
        framer.Accept(new OriginMessage(default, "pg_16400"));
        Assert.Single(framer.Accept(Insert));
    }

    [Fact]
    public void What_can_not_come_is_refused()
    {
        Assert.Throws<ProtocolException>(() => framer.Accept(Insert));
        Assert.Throws<ProtocolException>(() => framer.Accept(new StreamStartMessage(1, true)));
        framer.Accept(new BeginMessage(new Lsn(100), 0, 1));
        Assert.Throws<ProtocolException>(() => framer.Accept(new InsertMessage(0, 1, Row("1"))));
        Assert.Throws<ProtocolException>(() => framer.Accept(new CommitMessage(new Lsn(101), new Lsn(110), 0)));
        framer.Accept(new CommitMessage(new Lsn(100), new Lsn(110), 0));
        Assert.Throws<ProtocolException>(() => framer.Accept(new BeginMessage(new Lsn(90), 0, 1)));
    }

    static ColumnValue[] Row(params string?[] values) =>
        [.. values.Select(value => value is null ? ColumnValue.Null : ColumnValue.Of(value))];
}
