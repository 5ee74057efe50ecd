using System.Text;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using KafkaBridge.Changes;
using KafkaBridge.Wire;

namespace KafkaBridge.Kafka;

/// <summary>Why a record stands in the cluster's dlq.</summary>
/// <param name="Id">What was left out: a transaction, or the record itself.</param>
public sealed record LeftOutNote(string Id, string Reason, string OrderedBy);

/// <summary>
/// Copies records as they are to <c>cluster.dlq</c>, each with its key, its headers and one more that says where it came
/// from and why. A copy that failed half way is made again from the start: a record may stand there twice.
/// </summary>
public sealed class DeadLetters : IDisposable
{
    public const string HeaderName = "kafkabridge.left-out";

    readonly TopicPartition target;
    readonly LeftOutNote note;
    readonly ClientErrors errors;
    readonly PartitionScan scan;
    readonly IProducer<byte[], byte[]> producer;
    readonly List<Task<DeliveryResult<byte[], byte[]>>> onTheirWay = [];

    /// <param name="partition">Of the dlq: one of the partitions of the node whose log it is.</param>
    public DeadLetters(KafkaSettings settings, TopicNames topics, int partition, LeftOutNote note)
    {
        target = new TopicPartition(topics.Dlq, partition);
        this.note = note;
        errors = new ClientErrors(settings.BootstrapServers);
        var clientId = KafkaSettings.ClientId(topics.Cluster, "any", "dlq");
        scan = new PartitionScan(settings, clientId);
        var config = settings.Producer(clientId);
        config.MessageTimeoutMs = (int)Limits.Append.TotalMilliseconds;
        producer = new ProducerBuilder<byte[], byte[]>(config)
            .SetErrorHandler((_, error) => errors.Note(error))
            .SetLogHandler((_, line) => settings.Log(line))
            .Build();
    }

    /// <summary>How many records Kafka has acknowledged.</summary>
    public long Count { get; private set; }

    /// <summary>The record at exactly this place; null where the partition does not hold it.</summary>
    public async Task<ConsumeResult<byte[], byte[]>?> FindAsync(RecordPlace place, CancellationToken ct) =>
        await Task.Run(async () => (await BetweenAsync(place, place.Offset, ct)).FirstOrDefault(), ct) is { } found
            && found.Offset.Value == place.Offset ? found : null;

    /// <summary>Copies those of the records from a place to an offset, both included, that are wanted.</summary>
    public Task CopyAsync(RecordPlace first, long last, Func<ConsumeResult<byte[], byte[]>, bool> wanted, CancellationToken ct) =>
        Task.Run(
            async () =>
            {
                foreach (var record in (await BetweenAsync(first, last, ct)).Where(wanted))
                {
                    await CopyAsync(record, ct);
                }
            },
            ct);

    /// <summary>Copies one record; it is acknowledged when <see cref="FlushAsync"/> returns.</summary>
    public async Task CopyAsync(ConsumeResult<byte[], byte[]> record, CancellationToken ct)
    {
        var headers = new Headers();
        foreach (var header in record.Message.Headers ?? [])
        {
            headers.Add(header.Key, header.GetValueBytes());
        }

        headers.Add(HeaderName, Encoding.UTF8.GetBytes(new JsonObject
        {
            ["id"] = note.Id,
            ["topic"] = record.Topic,
            ["partition"] = record.Partition.Value,
            ["offset"] = record.Offset.Value,
            ["reason"] = note.Reason,
            ["orderedBy"] = note.OrderedBy,
        }.ToJsonString()));
        onTheirWay.Add(producer.ProduceAsync(
            target, new Message<byte[], byte[]> { Key = record.Message.Key, Value = record.Message.Value, Headers = headers }, ct));
        if (onTheirWay.Count >= Limits.DeadLettersOnTheirWay)
        {
            await FlushAsync();
        }
    }

    /// <summary>Returns when Kafka has acknowledged every copy.</summary>
    public async Task FlushAsync()
    {
        try
        {
            Count += (await Task.WhenAll(onTheirWay)).Length;
            onTheirWay.Clear();
        }
        catch (ProduceException<byte[], byte[]> error)
        {
            throw KafkaFailure.NotDelivered(target, error.Error, errors.Explain(error));
        }
    }

    public void Dispose()
    {
        scan.Dispose();
        producer.Dispose();
    }

    /// <summary>Those that the partition holds from a place to an offset, both included.</summary>
    async Task<IEnumerable<ConsumeResult<byte[], byte[]>>> BetweenAsync(RecordPlace first, long last, CancellationToken ct)
    {
        var place = new TopicPartition(first.Topic, first.Partition);
        var ends = await scan.EndsAsync(place, ct);
        return scan.Read(place, Math.Max(first.Offset, ends.Low.Value), Math.Min(last + 1, ends.High.Value), ct);
    }
}
