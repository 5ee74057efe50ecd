using System.Buffers.Binary;
using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Log;

/// <summary>What is known of a batch that an idempotent producer may send again.</summary>
readonly record struct ProducedBatch(int FirstSequence, int LastSequence, long FirstOffset, long LastOffset, long Timestamp);

/// <summary>
/// The last batches of each idempotent producer of one partition, so that a batch sent twice is stored once and a gap is refused.
/// Written beside each new segment and brought up to date from the batches after it: it survives any restart.
/// Not safe for use by several threads: its partition guards it.
/// </summary>
sealed class ProducerStates
{
    /// <summary>As many as a producer may have under way (max.in.flight.requests.per.connection ≤ 5).</summary>
    const int KeptBatches = 5;
    const int EntryHeaderBytes = 8 + 2 + 8 + 1;
    const int BatchBytes = 4 + 4 + 8 + 8 + 8;

    readonly Dictionary<long, Producer> producers = [];

    sealed class Producer
    {
        public short Epoch;
        public long LastSeen;
        public readonly List<ProducedBatch> Batches = new(KeptBatches);
    }

    public int Count => producers.Count;

    /// <summary>The batch that is there already, if this one is a repetition of it.</summary>
    public ProducedBatch? FindDuplicate(RecordBatch batch)
    {
        if (!producers.TryGetValue(batch.ProducerId, out var producer) || producer.Epoch != batch.ProducerEpoch)
        {
            return null;
        }

        var last = LastSequence(batch);
        foreach (var known in producer.Batches)
        {
            if (known.FirstSequence == batch.BaseSequence && known.LastSequence == last)
            {
                return known;
            }
        }

        return null;
    }

    /// <summary>Whether the batch may follow what its producer has sent, as ProducerAppendInfo of Apache Kafka decides it.</summary>
    public ErrorCode Check(RecordBatch batch)
    {
        if (!producers.TryGetValue(batch.ProducerId, out var producer))
        {
            return ErrorCode.None; // unknown, or forgotten: any sequence may be its first
        }

        if (batch.ProducerEpoch != producer.Epoch)
        {
            return batch.ProducerEpoch < producer.Epoch ? ErrorCode.InvalidProducerEpoch
                : batch.BaseSequence == 0 ? ErrorCode.None
                : ErrorCode.OutOfOrderSequenceNumber;
        }

        return Next(producer.Batches[^1].LastSequence) == batch.BaseSequence ? ErrorCode.None : ErrorCode.OutOfOrderSequenceNumber;
    }

    /// <summary>After the batch has been written.</summary>
    public void Add(RecordBatch batch, long now)
    {
        if (batch.ProducerId < 0 || batch.IsControl)
        {
            return;
        }

        if (!producers.TryGetValue(batch.ProducerId, out var producer))
        {
            Forget();
            producers[batch.ProducerId] = producer = new Producer();
        }

        if (producer.Epoch != batch.ProducerEpoch)
        {
            producer.Epoch = batch.ProducerEpoch;
            producer.Batches.Clear();
        }
        else if (producer.Batches.Count == KeptBatches)
        {
            producer.Batches.RemoveAt(0);
        }

        producer.LastSeen = now;
        producer.Batches.Add(
            new ProducedBatch(batch.BaseSequence, LastSequence(batch), batch.BaseOffset, batch.LastOffset, batch.MaxTimestamp));
    }

    /// <summary>Forgets who has not been seen since.</summary>
    public void ForgetBefore(long time)
    {
        foreach (var id in producers.Where(entry => entry.Value.LastSeen < time).Select(entry => entry.Key).ToList())
        {
            producers.Remove(id);
        }
    }

    public byte[] Write()
    {
        using var stream = new MemoryStream();
        Span<byte> header = stackalloc byte[EntryHeaderBytes];
        Span<byte> entry = stackalloc byte[BatchBytes];
        foreach (var (id, producer) in producers)
        {
            BinaryPrimitives.WriteInt64BigEndian(header, id);
            BinaryPrimitives.WriteInt16BigEndian(header[8..], producer.Epoch);
            BinaryPrimitives.WriteInt64BigEndian(header[10..], producer.LastSeen);
            header[18] = (byte)producer.Batches.Count;
            stream.Write(header);
            foreach (var batch in producer.Batches)
            {
                BinaryPrimitives.WriteInt32BigEndian(entry, batch.FirstSequence);
                BinaryPrimitives.WriteInt32BigEndian(entry[4..], batch.LastSequence);
                BinaryPrimitives.WriteInt64BigEndian(entry[8..], batch.FirstOffset);
                BinaryPrimitives.WriteInt64BigEndian(entry[16..], batch.LastOffset);
                BinaryPrimitives.WriteInt64BigEndian(entry[24..], batch.Timestamp);
                stream.Write(entry);
            }
        }

        var body = stream.ToArray();
        var content = new byte[4 + body.Length];
        BinaryPrimitives.WriteUInt32BigEndian(content, RecordBatch.Crc32C(body));
        body.CopyTo(content, 4);
        return content;
    }

    /// <summary>Null where the content is not what <see cref="Write"/> wrote.</summary>
    public static ProducerStates? Read(ReadOnlySpan<byte> content)
    {
        if (content.Length < 4 || BinaryPrimitives.ReadUInt32BigEndian(content) != RecordBatch.Crc32C(content[4..]))
        {
            return null;
        }

        var states = new ProducerStates();
        for (var rest = content[4..]; rest.Length > 0;)
        {
            var producer = new Producer
            {
                Epoch = BinaryPrimitives.ReadInt16BigEndian(rest[8..]),
                LastSeen = BinaryPrimitives.ReadInt64BigEndian(rest[10..]),
            };
            states.producers[BinaryPrimitives.ReadInt64BigEndian(rest)] = producer;
            var batches = rest[18];
            rest = rest[EntryHeaderBytes..];
            for (; batches > 0; batches--, rest = rest[BatchBytes..])
            {
                producer.Batches.Add(new ProducedBatch(
                    BinaryPrimitives.ReadInt32BigEndian(rest),
                    BinaryPrimitives.ReadInt32BigEndian(rest[4..]),
                    BinaryPrimitives.ReadInt64BigEndian(rest[8..]),
                    BinaryPrimitives.ReadInt64BigEndian(rest[16..]),
                    BinaryPrimitives.ReadInt64BigEndian(rest[24..])));
            }
        }

        return states;
    }

    // A bound, not a rule: the one not seen for longest makes room.
    void Forget()
    {
        if (producers.Count >= BrokerLimits.ProducersPerPartition)
        {
            producers.Remove(producers.MinBy(entry => entry.Value.LastSeen).Key);
        }
    }

    // Sequences wrap from 2^31 - 1 to 0.
    static int LastSequence(RecordBatch batch) => (int)(((long)batch.BaseSequence + batch.LastOffsetDelta) & int.MaxValue);

    static int Next(int sequence) => sequence == int.MaxValue ? 0 : sequence + 1;
}
