using System.Threading.Channels;
using Confluent.Kafka;
using KafkaBridge.Changes;
using KafkaBridge.Kafka;
using KafkaBridge.Wire;

namespace KafkaBridge.Apply.Reading;

/// <summary>A spine record and where it stands.</summary>
sealed record SpineEntry(SpineRecord Record, long Offset);

/// <summary>One consumer for the spine partitions of all origins, each from its position on; a bounded number of records ahead.</summary>
sealed class SpineReader : IDisposable
{
    const int RecordsAhead = 256;

    readonly TopicNames topics;
    readonly int perNode;
    readonly PolledConsumer consumer;
    readonly Dictionary<int, Channel<SpineEntry>> entries = [];
    readonly Lock guard = new(); // guards entries
    readonly LeftOut leftOut;

    public SpineReader(
        KafkaSettings settings, TopicNames topics, int perNode, string clientId, string group, LeftOut leftOut, Action<Error> notCommitted)
    {
        this.leftOut = leftOut;
        this.topics = topics;
        this.perNode = perNode;
        consumer = new PolledConsumer(settings, clientId, group, _ => { }, Receive, Fail, () => { }, notCommitted);
    }

    /// <param name="offset">The first record wanted; null: from the beginning of what is kept.</param>
    public ChannelReader<SpineEntry> Add(int origin, long? offset)
    {
        var channel = Channel.CreateBounded<SpineEntry>(
            new BoundedChannelOptions(RecordsAhead) { SingleReader = true, SingleWriter = true });
        lock (guard)
        {
            entries.Add(origin, channel);
        }

        consumer.Client.IncrementalAssign(
            [new TopicPartitionOffset(topics.Spine, origin * perNode, offset is { } at ? new Offset(at) : Offset.Beginning)]);
        return channel.Reader;
    }

    /// <summary>Everything that the origin's spine says before the offset is applied.</summary>
    public void Applied(int origin, long next) => consumer.Applied(new TopicPartition(topics.Spine, origin * perNode), next);

    public void Dispose() => consumer.Dispose();

    void Receive(ConsumeResult<Ignore, TakenValue?> result)
    {
        if (Find(result.Partition.Value) is { } channel && !leftOut.Holds(result))
        {
            Write(channel, result);
        }
    }

    void Fail(ConsumeException failure)
    {
        if (Find(failure.ConsumerRecord!.Partition.Value) is { } channel)
        {
            channel.Writer.TryComplete(InputException.Unreadable(failure));
        }
    }

    Channel<SpineEntry>? Find(int partition)
    {
        lock (guard)
        {
            return entries.GetValueOrDefault(partition / perNode);
        }
    }

    void Write(Channel<SpineEntry> channel, ConsumeResult<Ignore, TakenValue?> result)
    {
        SpineEntry entry;
        try
        {
            entry = new SpineEntry(SpineCodec.Decode(result.Message.Value is { } value ? value.Bytes : []), result.Offset.Value);
        }
        catch (WireException failure)
        {
            channel.Writer.TryComplete(Refuse(result, $"is not one of kafkabridge's: {failure.Message.TrimEnd('.')}", failure));
            return;
        }

        if (entry.Record.Node != result.Partition.Value / perNode)
        {
            channel.Writer.TryComplete(Refuse(
                result, $"was written by node {entry.Record.Node}, but the partition belongs to node {result.Partition.Value / perNode}",
                null));
            return;
        }

        if (!channel.Writer.TryWrite(entry))
        {
            WaitForRoom(channel, entry, result.TopicPartition);
        }
    }

    static InputException Refuse(ConsumeResult<Ignore, TakenValue?> result, string why, Exception? cause)
    {
        var place = new RecordPlace(result.Topic, result.Partition.Value, result.Offset.Value);
        return new InputException($"the record {place} {why}", cause) { Foreign = place };
    }

    /// <summary>The origin's queue is full: its partition alone is paused until there is room.</summary>
    void WaitForRoom(Channel<SpineEntry> channel, SpineEntry entry, TopicPartition partition)
    {
        consumer.Client.Pause([partition]);
        _ = ResumeAsync();

        async Task ResumeAsync()
        {
            try
            {
                await channel.Writer.WriteAsync(entry, consumer.Stopping);
                consumer.Client.Resume([partition]);
            }
            catch (Exception ended) when (ended is OperationCanceledException or ChannelClosedException or ObjectDisposedException)
            {
                // The reader is ending; the entry is read again at the next start.
            }
        }
    }
}
