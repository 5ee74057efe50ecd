using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace KafkaBridge.Kafka;

/// <summary>The ends of partitions, for those who only want to know how much there is.</summary>
public sealed class PartitionEnds(KafkaSettings settings, string clientId) : IDisposable
{
    static readonly TimeSpan Answer = TimeSpan.FromSeconds(5);

    readonly IAdminClient admin = new AdminClientBuilder(settings.Admin(clientId))
        .SetLogHandler((_, line) => settings.Log(line))
        .SetErrorHandler((_, _) => { }) // a request that fails says so itself
        .Build();

    /// <returns>The offset that the next record of each gets.</returns>
    public async Task<IReadOnlyDictionary<TopicPartition, long>> ReadAsync(IEnumerable<TopicPartition> partitions)
    {
        var asked = partitions.Select(
            partition => new TopicPartitionOffsetSpec { TopicPartition = partition, OffsetSpec = OffsetSpec.Latest() });
        var result = await admin.ListOffsetsAsync(asked, new ListOffsetsOptions { RequestTimeout = Answer });
        return result.ResultInfos.ToDictionary(
            info => info.TopicPartitionOffsetError.TopicPartition, info => info.TopicPartitionOffsetError.Offset.Value);
    }

    public void Dispose() => admin.Dispose();
}
