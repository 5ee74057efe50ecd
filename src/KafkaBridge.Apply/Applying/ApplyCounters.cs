using System.Collections.Concurrent;
using KafkaBridge.Changes;
using Npgsql;

namespace KafkaBridge.Apply.Applying;

/// <summary>One origin's counts, each taken when the local transaction had been committed.</summary>
sealed class OriginCounts
{
    public long Events;
    public long Transactions;
    public long Conflicts;

    public LatencyHistogram Latency { get; } = new();
}

/// <summary>What was counted since the process started. Rounds and sessions come and go; this stays, so nothing here ever falls.</summary>
sealed class ApplyCounters
{
    readonly ConcurrentDictionary<int, OriginCounts> origins = new();
    readonly ConcurrentDictionary<string, long> errors = new();

    /// <summary>By SQLSTATE; "none": it did not come from PostgreSQL.</summary>
    public IReadOnlyDictionary<string, long> Errors => new SortedDictionary<string, long>(errors);

    public OriginCounts Of(int writer) => origins.GetOrAdd(writer, _ => new OriginCounts());

    public void Failed(Exception failure) =>
        errors.AddOrUpdate((failure as PostgresException)?.SqlState ?? "none", 1, (_, count) => count + 1);

    public void Committed(int writer, IEnumerable<SpineTransaction> transactions, long events, long conflicts)
    {
        var counts = Of(writer);
        var now = UnixTime.Now;
        foreach (var transaction in transactions)
        {
            Interlocked.Increment(ref counts.Transactions);
            counts.Latency.Observe(TimeSpan.FromMicroseconds(now - transaction.CommitTime));
        }

        Interlocked.Add(ref counts.Events, events);
        Interlocked.Add(ref counts.Conflicts, conflicts);
    }
}
