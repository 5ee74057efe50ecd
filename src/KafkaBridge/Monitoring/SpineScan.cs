using Confluent.Kafka;
using KafkaBridge.Changes;
using KafkaBridge.Kafka;
using KafkaBridge.Options;
using KafkaBridge.Wire;

namespace KafkaBridge.Monitoring;

/// <summary>Reads one node's spine from an offset on, for commands that ask how far others are.</summary>
internal sealed class SpineScan : IDisposable
{
    static readonly TimeSpan Answer = TimeSpan.FromSeconds(10);

    readonly IConsumer<byte[], byte[]> consumer;
    readonly TopicPartition place;
    readonly int node;

    SpineScan(IConsumer<byte[], byte[]> consumer, TopicPartition place, int node) =>
        (this.consumer, this.place, this.node) = (consumer, place, node);

    /// <param name="from">An offset already gone is replaced by the first there is.</param>
    public static SpineScan Open(KafkaSettings settings, BridgeOptions options, int node, int perNode, long from)
    {
        var config = settings.Consumer(Wiring.ClientId(options, "spine"));
        config.EnablePartitionEof = true;
        var consumer = new ConsumerBuilder<byte[], byte[]>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        try
        {
            var place = new TopicPartition(Wiring.Topics(options).Spine, node * perNode);
            var ends = consumer.QueryWatermarkOffsets(place, Answer);
            consumer.Assign(new TopicPartitionOffset(place, Math.Clamp(from, ends.Low.Value, ends.High.Value)));
            return new SpineScan(consumer, place, node);
        }
        catch
        {
            consumer.Dispose();
            throw;
        }
    }

    /// <returns>The node's next record; null at the present end, or when none came in time. What another wrote there is passed
    /// over.</returns>
    public SpineRecord? Next(TimeSpan patience)
    {
        var deadline = DateTime.UtcNow + patience;
        while (true)
        {
            ConsumeResult<byte[], byte[]>? result;
            try
            {
                result = consumer.Consume(deadline - DateTime.UtcNow is { Ticks: > 0 } left ? left : TimeSpan.Zero);
            }
            catch (ConsumeException exception)
            {
                ErrorReport.SetWhere(exception, place.ToString());
                throw;
            }

            if (result is null || result.IsPartitionEOF)
            {
                return null;
            }

            if (SpineCodec.DecodeOwn(result.Message.Value, node) is { } record)
            {
                return record;
            }
        }
    }

    public void Dispose() => consumer.Dispose();
}
