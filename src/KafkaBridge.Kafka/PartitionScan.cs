using Confluent.Kafka;

namespace KafkaBridge.Kafka;

/// <summary>Reads what partitions hold already, for those who look back; one stretch at a time.</summary>
public sealed class PartitionScan : IDisposable
{
    readonly ClientErrors errors;
    readonly IConsumer<byte[], byte[]> consumer;

    public PartitionScan(KafkaSettings settings, string clientId)
    {
        errors = new ClientErrors(settings.BootstrapServers);
        consumer = PartitionConsumer.Open(settings, clientId, errors);
    }

    /// <exception cref="KafkaException">Kafka does not answer, or the topic is not there; a sentence says which.</exception>
    public Task RequireTopicAsync(string topic, CancellationToken ct) =>
        PartitionConsumer.RequireTopicAsync(consumer, topic, errors, ct);

    /// <summary>The first offset that is kept, and the one that the next record gets.</summary>
    public Task<WatermarkOffsets> EndsAsync(TopicPartition place, CancellationToken ct) =>
        PartitionConsumer.EndAsync(consumer, place, errors, ct);

    /// <summary>
    /// The records from an offset to one before another, both within what is kept. Ends earlier where the rest are markers, or
    /// were compacted away.
    /// </summary>
    /// <exception cref="KafkaException">A record can't be read, or none comes for a while.</exception>
    public IEnumerable<ConsumeResult<byte[], byte[]>> Read(TopicPartition place, long from, long before, CancellationToken ct)
    {
        if (from >= before)
        {
            yield break;
        }

        consumer.Assign(new TopicPartitionOffset(place, from));
        for (var at = from; at < before;)
        {
            ct.ThrowIfCancellationRequested();
            var next = Next(new TopicPartitionOffset(place, at));
            if (next.IsPartitionEOF || next.Offset.Value >= before)
            {
                yield break;
            }

            yield return next;
            at = next.Offset.Value + 1;
        }
    }

    public void Dispose() => consumer.Dispose();

    ConsumeResult<byte[], byte[]> Next(TopicPartitionOffset at)
    {
        try
        {
            return consumer.Consume(Limits.Progress)
                ?? throw errors.Explain(KafkaFailure.NotRead(at, new Error(ErrorCode.Local_TimedOut, "no progress"), null));
        }
        catch (ConsumeException error)
        {
            throw errors.Explain(KafkaFailure.NotRead(error.ConsumerRecord?.TopicPartitionOffset ?? at, error.Error, error));
        }
    }
}
