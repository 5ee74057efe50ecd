using Confluent.Kafka;

namespace KafkaBridge.Kafka;

/// <summary>
/// Consumers of single partitions, assigned by hand, that report the end of the partition; and the questions asked
/// before reading.
/// </summary>
static class PartitionConsumer
{
    public static IConsumer<byte[], byte[]> Open(KafkaSettings settings, string clientId, ClientErrors errors)
    {
        var config = settings.Consumer(clientId);
        config.EnablePartitionEof = true;
        return new ConsumerBuilder<byte[], byte[]>(config)
            .SetErrorHandler((_, error) => errors.Note(error))
            .SetLogHandler((_, line) => settings.Log(line))
            .Build();
    }

    /// <summary>The partition's first and next offset, as the broker has them now.</summary>
    public static async Task<WatermarkOffsets> EndAsync(
        IConsumer<byte[], byte[]> consumer, TopicPartition place, ClientErrors errors, CancellationToken ct)
    {
        try
        {
            return await Task.Run(() => consumer.QueryWatermarkOffsets(place, Limits.Answer), ct);
        }
        catch (KafkaException error)
        {
            throw errors.Explain(error);
        }
    }

    /// <summary>
    /// Fails with a sentence where Kafka does not answer, or the topic isn't there. Asked as a consumer: another
    /// client's question may create it.
    /// </summary>
    public static async Task RequireTopicAsync(IConsumer<byte[], byte[]> consumer, string topic, ClientErrors errors, CancellationToken ct)
    {
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        try
        {
            var metadata = await Task.Run(() => admin.GetMetadata(topic, Limits.Answer), ct);
            var error = metadata.Topics[0].Error;
            if (error.Code == ErrorCode.UnknownTopicOrPart)
            {
                throw new KafkaException(new Error(error.Code, $"topic {topic} is not there: kafkabridge apply creates the cluster's "
                    + $"topics."));
            }

            if (error.IsError)
            {
                throw new KafkaException(new Error(error.Code, $"topic {topic}: {error.Reason.TrimEnd('.')} ({error.Code})."));
            }
        }
        catch (KafkaException error)
        {
            throw errors.Explain(error);
        }
    }
}
