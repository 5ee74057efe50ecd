using System.Buffers;
using Confluent.Kafka;
using KafkaBridge.Capture.Reading;
using KafkaBridge.Changes;
using KafkaBridge.Wire;

namespace KafkaBridge.Capture.Publishing;

/// <summary>
/// Writes the spine in commit order: an entry goes out when it is the oldest and all its records are acknowledged. While
/// earlier spine records are on their way, complete transactions gather into the next.
/// </summary>
sealed class SpineWriter(
    CaptureOptions options, TopicNames topics, int session, int schemaId, RecordProducer producer, OtherOrigins others, Signal changed,
    CaptureProgress progress)
{
    readonly Lock sync = new(); // guards the queue
    readonly Queue<object> queue = new(); // PendingTransaction or HeartbeatEntry, oldest first
    readonly Signal shorter = new();
    readonly Signal answered = new();
    readonly ArrayBufferWriter<byte> output = new();
    readonly Pace pace = new(Limits.SpineRecords, Limits.PaceWindow);
    long watermark;

    TopicPartition Place => new(topics.Spine, options.NodeNumber * options.PerNode);

    /// <summary>The record before all others of a session; complete when Kafka has acknowledged it.</summary>
    public async Task StartSessionAsync(Lsn decoded, long promised, IReadOnlyList<Knowledge> applied, CancellationToken ct)
    {
        watermark = promised;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // The log is read from where the slot is confirmed: to confirm this would leave out what was applied before it and is not told yet.
        await ProduceAsync(Record(SpineKind.SessionStart, decoded, [], applied), progress.AccountedTo, done.SetResult, ct);
        await (await Task.WhenAny(done.Task.WaitAsync(ct), producer.Failure));
    }

    /// <summary>Takes a transaction when its first change is decoded, or a heartbeat; waits while too many are pending.</summary>
    public async ValueTask EnqueueAsync(object entry, CancellationToken ct)
    {
        while (!TryEnqueue(entry))
        {
            await shorter.WaitAsync(ct);
        }

        if (entry is HeartbeatEntry)
        {
            changed.Set(); // a transaction that just begins is no reason to look
        }
    }

    public async Task RunAsync(CancellationToken ct)
    {
        while (true)
        {
            await changed.WaitAsync(ct);
            while (await WriteOneAsync(ct))
            {
                // Small transactions gather while it is on its way; each that becomes complete would wake the writer for nothing.
                await answered.WaitAsync(ct);
                await pace.NextAsync(ct);
            }
        }
    }

    async Task<bool> WriteOneAsync(CancellationToken ct)
    {
        var (ready, heartbeat) = TakeReady();
        if (heartbeat is not null)
        {
            watermark = heartbeat.Watermark;
            progress.Watermark = watermark;
            await others.RequireNoneAsync(heartbeat.Decoded);
            await ProduceAsync(
                Record(SpineKind.Heartbeat, heartbeat.Decoded, [], heartbeat.Applied),
                heartbeat.AccountedTo,
                () =>
                {
                    answered.Set();
                    heartbeat.SetAcknowledged();
                },
                ct);
            return true;
        }

        if (ready.Count == 0)
        {
            return false;
        }

        Failpoint.Reach(Failpoint.BeforeSpine);
        await others.RequireNoneAsync(ready[^1].EndLsn);
        var transactions = ready.ConvertAll(pending => pending.ToSpine());
        progress.LastTick = transactions[^1].VersionTick;
        await ProduceAsync(
            Record(SpineKind.Transactions, ready[^1].EndLsn, transactions, transactions[^1].Vector),
            ready[^1].AccountedTo,
            () =>
            {
                answered.Set();
                transactions.ForEach(progress.Count);
            },
            ct);
        return true;
    }

    bool TryEnqueue(object entry)
    {
        lock (sync)
        {
            if (queue.Count >= Limits.PendingEntries)
            {
                return false;
            }

            queue.Enqueue(entry);
            return true;
        }
    }

    /// <summary>The oldest entries that are complete: one heartbeat, or as many transactions as one record takes.</summary>
    (List<PendingTransaction> Ready, HeartbeatEntry? Heartbeat) TakeReady()
    {
        List<PendingTransaction> ready = [];
        lock (sync)
        {
            var extents = 0;
            while (queue.TryPeek(out var entry))
            {
                if (entry is HeartbeatEntry heartbeat)
                {
                    if (ready.Count > 0)
                    {
                        break;
                    }

                    queue.Dequeue();
                    shorter.Set();
                    return (ready, heartbeat);
                }

                var pending = (PendingTransaction)entry;
                if (!pending.IsComplete || ready.Count == Limits.TransactionsPerSpineRecord
                    || (ready.Count > 0 && extents + pending.Extents > Limits.ExtentsPerSpineRecord))
                {
                    break;
                }

                extents += pending.Extents;
                ready.Add(pending);
                queue.Dequeue();
            }
        }

        if (ready.Count > 0)
        {
            shorter.Set();
        }

        return (ready, null);
    }

    SpineRecord Record(SpineKind kind, Lsn decoded, IReadOnlyList<SpineTransaction> transactions, IReadOnlyList<Knowledge> applied) => new()
    {
        Kind = kind,
        Node = options.NodeNumber,
        Session = session,
        Epoch = options.Epoch,
        ConfigVersion = options.ConfigVersion,
        DecodedLsn = decoded,
        Watermark = watermark,
        Transactions = transactions,
        Applied = applied,
    };

    async ValueTask ProduceAsync(SpineRecord record, Lsn accountedTo, Action acknowledged, CancellationToken ct)
    {
        output.ResetWrittenCount();
        SpineCodec.Encode(record, schemaId, output);
        await producer.ProduceSpineAsync(
            Place,
            output.WrittenSpan.ToArray(),
            () =>
            {
                progress.Acknowledged = record.DecodedLsn; // one partition: acknowledged in order
                progress.AccountedTo = accountedTo;
                acknowledged();
            },
            ct);
    }
}
