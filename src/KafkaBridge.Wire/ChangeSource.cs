using KafkaBridge.Changes;

namespace KafkaBridge.Wire;

/// <summary>Where a change comes from: what Debezium's source block says.</summary>
/// <param name="CommitLsn">The transaction's.</param>
/// <param name="Lsn">The change's own.</param>
/// <param name="CommitTime">The server's, microseconds since 1970 UTC.</param>
/// <param name="NowMicroseconds">When the change is published, microseconds since 1970 UTC: lag is the difference.</param>
public readonly record struct ChangeSource(
    string Node, string Database, Lsn CommitLsn, Lsn Lsn, uint Xid, long CommitTime, long NowMicroseconds);
