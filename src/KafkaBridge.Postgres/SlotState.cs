using KafkaBridge.Changes;

namespace KafkaBridge.Postgres;

/// <summary>One row of pg_replication_slots.</summary>
/// <param name="ActivePid">The process that holds the slot now, or null.</param>
/// <param name="ConfirmedFlush">The server may have forgotten all before.</param>
/// <param name="WalStatus">reserved, extended, unreserved or lost.</param>
/// <param name="RetainedBytes">WAL that the slot keeps on the server's disk.</param>
public sealed record SlotState(
    string Name, string Plugin, string Database, int? ActivePid, Lsn ConfirmedFlush, Lsn Restart, string WalStatus, long RetainedBytes)
{
    /// <summary>WAL that may still be written before the slot is in danger; null: the server sets no limit.</summary>
    public long? SafeWalBytes { get; init; }

    public bool IsLost => WalStatus == "lost";
}
