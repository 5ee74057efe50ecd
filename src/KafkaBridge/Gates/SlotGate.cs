using KafkaBridge.Options;
using KafkaBridge.Postgres;

namespace KafkaBridge.Gates;

/// <summary>A slot that is gone or lost is a gap in the node's log: it is never made again silently.</summary>
internal static class SlotGate
{
    public static void RequireUsable(NodeOptions node, SlotState slot, string database)
    {
        if (slot.IsLost)
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1012", $"the slot {slot.Name} is lost: the server removed WAL that had not been published",
                NodeDatabase.Where(node), "max_slot_wal_keep_size or idle_replication_slot_timeout was passed",
                "kafkabridge destroy --yes, make the tables equal, then kafkabridge apply --yes");
        }

        if (slot.Plugin != ReplicationSlot.Plugin || slot.Database != database)
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1013", $"the slot {slot.Name} is not ours: plugin {slot.Plugin}, database {slot.Database}",
                NodeDatabase.Where(node), "a slot of this name was made by hand or belongs to another database of the server",
                $"SELECT pg_drop_replication_slot('{slot.Name}'), or choose another cluster name");
        }
    }

    public static void RequireNeverHad(NodeOptions node, string slot, long positions)
    {
        if (positions > 0)
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1014", $"the slot {slot} is gone, and the node has been replicating",
                NodeDatabase.Where(node), "a new slot would leave out what was committed since; it is never made again silently",
                $"kafkabridge destroy --yes, make the tables equal, then kafkabridge apply --yes");
        }
    }
}
