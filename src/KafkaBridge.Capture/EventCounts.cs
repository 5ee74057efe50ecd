using KafkaBridge.Changes;

namespace KafkaBridge.Capture;

/// <summary>One table's changes by kind, counted when Kafka has acknowledged them.</summary>
sealed class EventCounts
{
    const string Ops = "cudt";

    readonly long[] counts = new long[Ops.Length];

    public void Add(char op) => Interlocked.Increment(ref counts[Ops.IndexOf(op, StringComparison.Ordinal)]);

    public IEnumerable<TableEvents> Of(RelationName table)
    {
        for (var i = 0; i < counts.Length; i++)
        {
            if (Interlocked.Read(ref counts[i]) is > 0 and var count)
            {
                yield return new TableEvents(table, Ops[i], count);
            }
        }
    }
}
