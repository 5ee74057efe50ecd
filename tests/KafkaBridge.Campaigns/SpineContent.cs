using Confluent.Kafka;
using KafkaBridge.Changes;
using KafkaBridge.TestKit;
using KafkaBridge.Wire;

namespace KafkaBridge.Campaigns;

/// <summary>All transactions that the spine names, found by position or by what a row carries of them.</summary>
public sealed class SpineContent
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    readonly Dictionary<(int Writer, TransactionPosition Position), SpineTransaction> byPosition = [];
    readonly Dictionary<(int Writer, long CommitTime), HashSet<TransactionPosition>> byTime = [];

    SpineContent()
    {
    }

    /// <summary>Reads every partition to its present end.</summary>
    public static SpineContent Read(BridgeCluster cluster)
    {
        var content = new SpineContent();
        var topic = new TopicNames(cluster.Name).Spine;
        using var consumer = new ConsumerBuilder<Ignore, byte[]>(
            new ConsumerConfig { BootstrapServers = cluster.BootstrapServers, GroupId = "test", EnableAutoCommit = false }).Build();
        for (var node = 0; node < cluster.Servers.Count; node++)
        {
            var place = new TopicPartition(topic, node);
            var ends = consumer.QueryWatermarkOffsets(place, Patience);
            consumer.Assign(new TopicPartitionOffset(place, ends.Low));
            for (var next = ends.Low; next < ends.High;)
            {
                var record = consumer.Consume(Patience) ?? throw new TimeoutException($"{place}: nothing between {next} and {ends.High}");
                next = record.Offset + 1;
                content.Add(SpineCodec.Decode(record.Message.Value));
            }
        }

        return content;
    }

    public SpineTransaction? At(int writer, TransactionPosition position) => byPosition.GetValueOrDefault((writer, position));

    public IEnumerable<SpineTransaction> Of(int writer) =>
        byPosition.Where(one => one.Key.Writer == writer).Select(one => one.Value);

    /// <summary>Those whose rows carry this commit time: their own, or where they are lifted the end of their version's tick.</summary>
    public IEnumerable<(TransactionPosition Position, SpineTransaction Transaction)> Committed(int writer, long unixMicroseconds) =>
        byTime.GetValueOrDefault((writer, unixMicroseconds), []).Select(position => (position, byPosition[(writer, position)]));

    void Add(SpineRecord record)
    {
        foreach (var transaction in record.Transactions)
        {
            var position = new TransactionPosition(record.Epoch, transaction.CommitLsn);
            byPosition[(record.Node, position)] = transaction;
            foreach (var time in new[] { transaction.CommitTime, Tick.CommitTime(transaction.VersionTick, transaction.CommitTime) })
            {
                if (!byTime.TryGetValue((record.Node, time), out var positions))
                {
                    byTime.Add((record.Node, time), positions = []);
                }

                positions.Add(position);
            }
        }
    }
}
