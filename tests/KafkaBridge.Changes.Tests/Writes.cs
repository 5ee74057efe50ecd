using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.Changes.Tests;

/// <summary>Writes of a row of one column, at a WAL position equal to their tick.</summary>
static class Writes
{
    /// <param name="known">What the writer had applied: of each node the last of these, and all before it.</param>
    public static RowWrite<string> Of(long tick, int writer, string? old, string value, params RowWrite<string>[] known)
    {
        var knowledge = known.GroupBy(one => one.Stamp.Version.Writer)
            .Select(ofNode => ofNode.MaxBy(one => one.Stamp)!.Stamp)
            .Select(last => new Knowledge(last.Version.Writer, last.Position.Transaction, last.Version.Tick));
        var stamp = new Stamp(new RowVersion(tick, writer), new ChangePosition(new TransactionPosition(1, new Lsn((ulong)tick)), 0));
        return new(stamp, new KnowledgeVector(writer, [.. knowledge]), old is null ? null : [old], [value]);
    }
}
