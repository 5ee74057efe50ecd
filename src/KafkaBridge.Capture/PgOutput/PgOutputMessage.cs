using KafkaBridge.Changes;

namespace KafkaBridge.Capture.PgOutput;

/// <summary>
/// One message of pgoutput, protocol 1 to 4. Column values point into the bytes it was read from: they are valid until
/// the next message is read. Times are microseconds since 1970 UTC.
/// </summary>
abstract record PgOutputMessage
{
    private protected PgOutputMessage() { }
}

/// <param name="CommitLsn">Known before the first change: the server sends committed transactions only.</param>
sealed record BeginMessage(Lsn CommitLsn, long CommitTime, uint Xid) : PgOutputMessage;

/// <param name="EndLsn">Behind the commit record: where the next record begins.</param>
sealed record CommitMessage(Lsn CommitLsn, Lsn EndLsn, long CommitTime) : PgOutputMessage;

sealed record OriginMessage(Lsn OriginLsn, string Name) : PgOutputMessage;

sealed record RelationMessage(
    uint StreamXid, uint Oid, RelationName Name, ReplicaIdentity Identity, IReadOnlyList<RelationMessageColumn> Columns) : PgOutputMessage;

sealed record RelationMessageColumn(string Name, uint TypeOid, int TypeModifier, bool InIdentity);

sealed record TypeMessage(uint StreamXid, uint Oid, RelationName Name) : PgOutputMessage;

sealed record InsertMessage(uint StreamXid, uint Relation, ColumnValue[] New) : PgOutputMessage;

sealed record UpdateMessage(uint StreamXid, uint Relation, ColumnValue[]? Old, bool OldIsKeyOnly, ColumnValue[] New) : PgOutputMessage;

sealed record DeleteMessage(uint StreamXid, uint Relation, ColumnValue[] Old, bool OldIsKeyOnly) : PgOutputMessage;

sealed record TruncateMessage(uint StreamXid, IReadOnlyList<uint> Relations, bool Cascade, bool RestartIdentity) : PgOutputMessage;

sealed record LogicalMessage(uint StreamXid, bool Transactional, Lsn Lsn, string Prefix, ReadOnlyMemory<byte> Content) : PgOutputMessage;

sealed record StreamStartMessage(uint Xid, bool FirstSegment) : PgOutputMessage;

sealed record StreamStopMessage : PgOutputMessage;

sealed record StreamCommitMessage(uint Xid, Lsn CommitLsn, Lsn EndLsn, long CommitTime) : PgOutputMessage;

/// <param name="AbortLsn">Only where the stream is parallel (protocol 4), else invalid.</param>
sealed record StreamAbortMessage(uint Xid, uint SubXid, Lsn AbortLsn, long AbortTime) : PgOutputMessage;

sealed record BeginPrepareMessage(Lsn PrepareLsn, Lsn EndLsn, long PrepareTime, uint Xid, string Gid) : PgOutputMessage;

sealed record PrepareMessage(Lsn PrepareLsn, Lsn EndLsn, long PrepareTime, uint Xid, string Gid, bool IsStream) : PgOutputMessage;

sealed record CommitPreparedMessage(Lsn CommitLsn, Lsn EndLsn, long CommitTime, uint Xid, string Gid) : PgOutputMessage;

sealed record RollbackPreparedMessage(
    Lsn PrepareEndLsn, Lsn RollbackEndLsn, long PrepareTime, long RollbackTime, uint Xid, string Gid) : PgOutputMessage;
