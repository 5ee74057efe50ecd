using KafkaBridge.Changes;

namespace KafkaBridge.Capture.PgOutput;

/// <summary>
/// Reads pgoutput's messages, protocol 1 to 4. It remembers one thing: whether a stream of an open transaction is being
/// sent, since then messages name their (sub)transaction first.
/// </summary>
sealed class PgOutputReader
{
    bool inStream;

    /// <summary>The values of the message that comes back point into these bytes.</summary>
    /// <exception cref="ProtocolException">Not such a message, cut short, or followed by more.</exception>
    public PgOutputMessage Read(ReadOnlyMemory<byte> bytes)
    {
        var cursor = new PgOutputCursor(bytes);
        var kind = cursor.Byte("the message's kind");
        PgOutputMessage message = (char)kind switch
        {
            'B' => new BeginMessage(cursor.Lsn("the commit LSN"), cursor.Time("the commit time"), cursor.UInt32("the xid")),
            'C' => Commit(ref cursor),
            'O' => new OriginMessage(cursor.Lsn("the origin's LSN"), cursor.Text("the origin's name")),
            'R' => Relation(ref cursor),
            'Y' => new TypeMessage(StreamXid(ref cursor), cursor.UInt32("the type's oid"), Name(ref cursor)),
            'I' => Insert(ref cursor),
            'U' => Update(ref cursor),
            'D' => Delete(ref cursor),
            'T' => Truncate(ref cursor),
            'M' => Logical(ref cursor),
            'S' => StreamStart(ref cursor),
            'E' => StreamStop(ref cursor),
            'c' => StreamCommit(ref cursor),
            'A' => StreamAbort(ref cursor, bytes.Length),
            'b' => new BeginPrepareMessage(
                cursor.Lsn("the prepare LSN"), cursor.Lsn("the end LSN"), cursor.Time("the prepare time"), cursor.UInt32("the xid"),
                cursor.Text("the gid")),
            'P' => Prepare(ref cursor, isStream: false),
            'p' => Prepare(ref cursor, isStream: true),
            'K' => CommitPrepared(ref cursor),
            'r' => RollbackPrepared(ref cursor),
            _ => throw cursor.Surprise("no message is of this kind"),
        };
        cursor.End();
        return message;
    }

    uint StreamXid(ref PgOutputCursor cursor) => inStream ? cursor.UInt32("the streamed xid") : 0;

    static void NoFlags(ref PgOutputCursor cursor) => cursor.Expect(0, cursor.Byte("the flags"), "the flags byte");

    static CommitMessage Commit(ref PgOutputCursor cursor)
    {
        NoFlags(ref cursor);
        return new CommitMessage(cursor.Lsn("the commit LSN"), cursor.Lsn("the end LSN"), cursor.Time("the commit time"));
    }

    /// <summary>An empty namespace stands for pg_catalog.</summary>
    static RelationName Name(ref PgOutputCursor cursor)
    {
        var space = cursor.Text("the namespace");
        return new RelationName(space.Length == 0 ? "pg_catalog" : space, cursor.Text("the name"));
    }

    RelationMessage Relation(ref PgOutputCursor cursor)
    {
        var xid = StreamXid(ref cursor);
        var oid = cursor.UInt32("the relation's oid");
        var name = Name(ref cursor);
        var letter = cursor.Byte("the replica identity");
        var identity = (char)letter switch
        {
            'd' => ReplicaIdentity.Default,
            'n' => ReplicaIdentity.Nothing,
            'f' => ReplicaIdentity.Full,
            'i' => ReplicaIdentity.Index,
            _ => throw cursor.Surprise($"the replica identity is 0x{letter:x2}"),
        };
        var columns = new RelationMessageColumn[cursor.Count(cursor.Int16("the number of columns"), 10, "columns")];
        for (var i = 0; i < columns.Length; i++)
        {
            var flags = cursor.Byte("a column's flags");
            columns[i] = new RelationMessageColumn(
                cursor.Text("a column's name"), cursor.UInt32("a column's type"), cursor.Int32("a column's type modifier"),
                (flags & 1) != 0);
        }

        return new RelationMessage(xid, oid, name, identity, columns);
    }

    InsertMessage Insert(ref PgOutputCursor cursor)
    {
        var xid = StreamXid(ref cursor);
        var oid = cursor.UInt32("the relation's oid");
        cursor.Expect((byte)'N', cursor.Byte("the tuple's kind"), "the tuple's kind");
        return new InsertMessage(xid, oid, cursor.Tuple());
    }

    UpdateMessage Update(ref PgOutputCursor cursor)
    {
        var xid = StreamXid(ref cursor);
        var oid = cursor.UInt32("the relation's oid");
        var kind = cursor.Byte("the tuple's kind");
        ColumnValue[]? old = null;
        var keyOnly = kind == 'K';
        if (keyOnly || kind == 'O')
        {
            old = cursor.Tuple();
            kind = cursor.Byte("the new tuple's kind");
        }

        cursor.Expect((byte)'N', kind, "the tuple's kind");
        return new UpdateMessage(xid, oid, old, keyOnly, cursor.Tuple());
    }

    DeleteMessage Delete(ref PgOutputCursor cursor)
    {
        var xid = StreamXid(ref cursor);
        var oid = cursor.UInt32("the relation's oid");
        var kind = cursor.Byte("the tuple's kind");
        if (kind != 'K')
        {
            cursor.Expect((byte)'O', kind, "the tuple's kind");
        }

        return new DeleteMessage(xid, oid, cursor.Tuple(), kind == 'K');
    }

    TruncateMessage Truncate(ref PgOutputCursor cursor)
    {
        var xid = StreamXid(ref cursor);
        var count = cursor.Int32("the number of relations");
        var flags = cursor.Byte("the flags");
        var relations = new uint[cursor.Count(count, 4, "relations")];
        for (var i = 0; i < relations.Length; i++)
        {
            relations[i] = cursor.UInt32("a relation's oid");
        }

        return new TruncateMessage(xid, relations, (flags & 1) != 0, (flags & 2) != 0);
    }

    LogicalMessage Logical(ref PgOutputCursor cursor)
    {
        var xid = StreamXid(ref cursor);
        var flags = cursor.Byte("the flags");
        return new LogicalMessage(
            xid, (flags & 1) != 0, cursor.Lsn("the message's LSN"), cursor.Text("the prefix"), cursor.Bytes("the content"));
    }

    StreamStartMessage StreamStart(ref PgOutputCursor cursor)
    {
        inStream = inStream ? throw cursor.Surprise("a stream begins inside a stream") : true;
        return new StreamStartMessage(cursor.UInt32("the xid"), cursor.Byte("the first-segment flag") == 1);
    }

    StreamStopMessage StreamStop(ref PgOutputCursor cursor)
    {
        inStream = inStream ? false : throw cursor.Surprise("a stream ends that has not begun");
        return new StreamStopMessage();
    }

    static StreamCommitMessage StreamCommit(ref PgOutputCursor cursor)
    {
        var xid = cursor.UInt32("the xid");
        NoFlags(ref cursor);
        return new StreamCommitMessage(xid, cursor.Lsn("the commit LSN"), cursor.Lsn("the end LSN"), cursor.Time("the commit time"));
    }

    /// <summary>The last two fields are there only where the stream is parallel: the length tells.</summary>
    static StreamAbortMessage StreamAbort(ref PgOutputCursor cursor, int length)
    {
        const int WithoutPosition = 9;
        var xid = cursor.UInt32("the xid");
        var subXid = cursor.UInt32("the subtransaction");
        return length == WithoutPosition
            ? new StreamAbortMessage(xid, subXid, Changes.Lsn.Invalid, 0)
            : new StreamAbortMessage(xid, subXid, cursor.Lsn("the abort LSN"), cursor.Time("the abort time"));
    }

    static PrepareMessage Prepare(ref PgOutputCursor cursor, bool isStream)
    {
        NoFlags(ref cursor);
        return new PrepareMessage(
            cursor.Lsn("the prepare LSN"), cursor.Lsn("the end LSN"), cursor.Time("the prepare time"), cursor.UInt32("the xid"),
            cursor.Text("the gid"), isStream);
    }

    static CommitPreparedMessage CommitPrepared(ref PgOutputCursor cursor)
    {
        NoFlags(ref cursor);
        return new CommitPreparedMessage(
            cursor.Lsn("the commit LSN"), cursor.Lsn("the end LSN"), cursor.Time("the commit time"), cursor.UInt32("the xid"),
            cursor.Text("the gid"));
    }

    static RollbackPreparedMessage RollbackPrepared(ref PgOutputCursor cursor)
    {
        NoFlags(ref cursor);
        return new RollbackPreparedMessage(
            cursor.Lsn("the prepare's end LSN"),
            cursor.Lsn("the rollback's end LSN"),
            cursor.Time("the prepare time"),
            cursor.Time("the rollback time"),
            cursor.UInt32("the xid"),
            cursor.Text("the gid"));
    }
}
