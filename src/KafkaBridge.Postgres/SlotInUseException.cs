namespace KafkaBridge.Postgres;

/// <summary>Another process reads the slot. Waiting may help; taking it by force must be a person's decision.</summary>
public sealed class SlotInUseException(string slot, int? pid, Exception? inner)
    : Exception(
        $"The slot {slot} is in use{(pid is null ? "" : $" by the server process {pid}")}: another bridge of this node runs. "
        + "Stop it; if it is gone for good, type: SELECT pg_terminate_backend("
        + (pid is null ? $"active_pid) FROM pg_replication_slots WHERE slot_name = '{slot}'" : $"{pid})"),
        inner)
{
    public int? Pid { get; } = pid;
}
