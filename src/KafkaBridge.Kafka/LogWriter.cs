using Confluent.Kafka;

namespace KafkaBridge.Kafka;

/// <summary>Appends single records to one partition, in the order of the calls: acknowledged by all in-sync replicas, or failed.</summary>
public sealed class LogWriter : IDisposable
{
    readonly Lazy<IProducer<byte[], byte[]>> producer; // a client is threads and memory: many writers never write
    readonly TopicPartition place;
    readonly ClientErrors errors;

    public LogWriter(KafkaSettings settings, string clientId, TopicPartition place)
    {
        this.place = place;
        errors = new ClientErrors(settings.BootstrapServers);
        var config = settings.Producer(clientId);
        config.MessageTimeoutMs = (int)Limits.Append.TotalMilliseconds; // a person may be waiting; the caller decides what to do then
        config.LingerMs = 0; // each is waited for by itself: there is none to gather with
        producer = new(() => new ProducerBuilder<byte[], byte[]>(config)
            .SetErrorHandler((_, error) => errors.Note(error))
            .SetLogHandler((_, line) => settings.Log(line))
            .Build());
    }

    /// <returns>The record's offset.</returns>
    /// <exception cref="KafkaException">It was not acknowledged; a sentence says where and why.</exception>
    public async Task<long> AppendAsync(byte[] key, byte[] value, CancellationToken ct)
    {
        try
        {
            var delivered = await producer.Value.ProduceAsync(place, new Message<byte[], byte[]> { Key = key, Value = value }, ct);
            return delivered.Offset.Value;
        }
        catch (ProduceException<byte[], byte[]> error)
        {
            throw error.Error.Code == ErrorCode.Local_MsgTimedOut
                ? KafkaFailure.NotDelivered(place, new Error(ErrorCode.Local_MsgTimedOut, $"no acknowledgement within "
                    + $"{Limits.Append.TotalSeconds:0} s"), errors.Explain(error))
                : KafkaFailure.NotDelivered(place, error.Error, error);
        }
    }

    public void Dispose()
    {
        if (producer.IsValueCreated)
        {
            producer.Value.Dispose();
        }
    }
}
