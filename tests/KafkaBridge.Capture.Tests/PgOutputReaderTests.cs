using KafkaBridge.Capture.PgOutput;
using KafkaBridge.Changes;

namespace KafkaBridge.Capture.Tests;

public sealed class PgOutputReaderTests
{
    static readonly byte[] Relation = new PgOutputBytes('R').Int32(7).Text("public").Text("item").Byte('d').Int16(2)
        .Byte(1).Text("id").Int32(23).Int32(-1).Byte(0).Text("name").Int32(25).Int32(-1).ToArray();

    public static TheoryData<string, byte[]> Messages => new()
    {
        { "begin", new PgOutputBytes('B').Int64(100).Int64(5).Int32(9).ToArray() },
        { "commit", new PgOutputBytes('C').Byte(0).Int64(100).Int64(110).Int64(5).ToArray() },
        { "origin", new PgOutputBytes('O').Int64(100).Text("kafkabridge_c_1_0_0").ToArray() },
        { "relation", Relation },
        { "type", new PgOutputBytes('Y').Int32(8).Text("public").Text("colour").ToArray() },
        { "insert", new PgOutputBytes('I').Int32(7).Byte('N').Tuple("1", null).ToArray() },
        { "update", new PgOutputBytes('U').Int32(7).Byte('N').Tuple("1", "~").ToArray() },
        { "update with key", new PgOutputBytes('U').Int32(7).Byte('K').Tuple("1", null).Byte('N').Tuple("2", "a").ToArray() },
        { "update with old", new PgOutputBytes('U').Int32(7).Byte('O').Tuple("1", "a").Byte('N').Tuple("1", "b").ToArray() },
        { "delete", new PgOutputBytes('D').Int32(7).Byte('K').Tuple("1", null).ToArray() },
        { "truncate", new PgOutputBytes('T').Int32(2).Byte(3).Int32(7).Int32(8).ToArray() },
        { "message", new PgOutputBytes('M').Byte(1).Int64(100).Text("prefix").Int32(2).Byte(1).Byte(2).ToArray() },
        { "stream start", new PgOutputBytes('S').Int32(9).Byte(1).ToArray() },
        { "stream commit", new PgOutputBytes('c').Int32(9).Byte(0).Int64(100).Int64(110).Int64(5).ToArray() },
        { "stream abort", new PgOutputBytes('A').Int32(9).Int32(10).ToArray() },
        { "begin prepare", new PgOutputBytes('b').Int64(100).Int64(110).Int64(5).Int32(9).Text("gid").ToArray() },
        { "prepare", new PgOutputBytes('P').Byte(0).Int64(100).Int64(110).Int64(5).Int32(9).Text("gid").ToArray() },
        { "stream prepare", new PgOutputBytes('p').Byte(0).Int64(100).Int64(110).Int64(5).Int32(9).Text("gid").ToArray() },
        { "commit prepared", new PgOutputBytes('K').Byte(0).Int64(100).Int64(110).Int64(5).Int32(9).Text("gid").ToArray() },
        { "rollback prepared", new PgOutputBytes('r').Byte(0).Int64(1).Int64(2).Int64(5).Int64(6).Int32(9).Text("gid").ToArray() },
    };

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_is_read_whole_and_refused_cut_short_or_followed_by_more(string name, byte[] message)
    {
        Assert.NotNull(new PgOutputReader().Read(message));
        for (var length = 0; length < message.Length; length++)
        {
            var cut = message[..length];
            var error = Record.Exception(() => new PgOutputReader().Read(cut));
            Assert.True(error is ProtocolException, $"{name}, {length} bytes: {error}");
        }

        Assert.Throws<ProtocolException>(() => new PgOutputReader().Read((byte[])[.. message, 0]));
    }

    [Fact]
    public void A_parallel_stream_tells_where_it_was_aborted()
    {
        var message = new PgOutputBytes('A').Int32(9).Int32(10).Int64(100).Int64(5).ToArray();
        var abort = Assert.IsType<StreamAbortMessage>(new PgOutputReader().Read(message));
        Assert.Equal(new Lsn(100), abort.AbortLsn);
    }

    [Fact]
    public void Inside_a_stream_messages_name_their_transaction()
    {
        var reader = new PgOutputReader();
        reader.Read(new PgOutputBytes('S').Int32(9).Byte(1).ToArray());
        var insert = Assert.IsType<InsertMessage>(reader.Read(new PgOutputBytes('I').Int32(11).Int32(7).Byte('N').Tuple("1").ToArray()));
        Assert.Equal((11u, 7u), (insert.StreamXid, insert.Relation));
        reader.Read(new PgOutputBytes('E').ToArray());
        Assert.Throws<ProtocolException>(() => reader.Read(new PgOutputBytes('E').ToArray()));
    }

    [Fact]
    public void Values_and_times_are_what_the_server_sent()
    {
        var update = Assert.IsType<UpdateMessage>(new PgOutputReader().Read(
            new PgOutputBytes('U').Int32(7).Byte('K').Tuple("1", null).Byte('N').Tuple("2", "~").ToArray()));
        Assert.True(update.OldIsKeyOnly);
        Assert.Equal([ColumnValue.Of("1"), ColumnValue.Null], update.Old!);
        Assert.Equal([ColumnValue.Of("2"), ColumnValue.Unchanged], update.New);
        var begin = Assert.IsType<BeginMessage>(new PgOutputReader().Read(new PgOutputBytes('B').Int64(100).Int64(5).Int32(-1).ToArray()));
        Assert.Equal((946684800000005, uint.MaxValue), (begin.CommitTime, begin.Xid));
    }

    [Fact]
    public void A_binary_value_or_a_false_length_is_refused()
    {
        Assert.Throws<ProtocolException>(() => new PgOutputReader().Read(
            new PgOutputBytes('I').Int32(7).Byte('N').Int16(1).Byte('b').Int32(0).ToArray()));
        Assert.Throws<ProtocolException>(() => new PgOutputReader().Read(
            new PgOutputBytes('I').Int32(7).Byte('N').Int16(1).Byte('t').Int32(int.MaxValue).ToArray()));
        Assert.Throws<ProtocolException>(() => new PgOutputReader().Read(new PgOutputBytes('T').Int32(int.MaxValue).Byte(0).ToArray()));
    }
}
