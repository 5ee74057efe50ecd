using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Confluent.Kafka;
using KafkaBridge.Changes;
using KafkaBridge.Rows;
using KafkaBridge.Wire;

namespace KafkaBridge.Commands;

/// <summary>A table's topic, decoded: one JSON line a record, as kcat -J gives it.</summary>
internal sealed class TapCommand(CommandContext context)
{
    static readonly JsonSerializerOptions Line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    static readonly TimeSpan Answer = TimeSpan.FromSeconds(10);

    public async Task<int> RunAsync(string table, bool follow, CancellationToken ct)
    {
        var dot = table.IndexOf('.', StringComparison.Ordinal);
        if (dot <= 0)
        {
            throw new StoppedException(ExitCode.Usage, "KB1004", $"'{table}' is not of the form schema.table");
        }

        var options = context.Options;
        var settings = await Wiring.ReachKafkaAsync(options, context.Log, ct);
        var topic = Wiring.Topics(options).ForTable(new RelationName(table[..dot], table[(dot + 1)..]));
        await using var registry = await Wiring.OpenRegistryAsync(options, settings, number: null, ct);
        var records = new TableRecords(registry);
        var config = settings.Consumer(Wiring.ClientId(options, "tap"));
        config.EnablePartitionEof = true;
        using var consumer = new ConsumerBuilder<byte[], byte[]>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { })
            .Build();
        using var admin = settings.OpenAdmin(Wiring.ClientId(options, "tap"));
        var found = admin.GetMetadata(topic, Answer).Topics[0];
        if (found.Error.IsError)
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1051", $"the topic {topic} can't be read: {found.Error.Reason}",
                tryThis: "kafkabridge topic plan");
        }

        consumer.Assign(found.Partitions.Select(partition => new TopicPartitionOffset(topic, partition.PartitionId, Offset.Beginning)));
        var open = found.Partitions.Select(partition => partition.PartitionId).ToHashSet();
        while (follow || open.Count > 0)
        {
            ct.ThrowIfCancellationRequested();
            var result = consumer.Consume(Poll);
            if (result is null)
            {
                continue;
            }

            if (result.IsPartitionEOF)
            {
                open.Remove(result.Partition.Value);
                continue;
            }

            await WriteAsync(result, records, ct);
        }

        return ExitCode.Ok;
    }

    async Task WriteAsync(ConsumeResult<byte[], byte[]> result, TableRecords records, CancellationToken ct)
    {
        var header = TableRecords.HeaderOf(result)
            ?? throw new StoppedException(
                ExitCode.Precondition, "KB1070", "a record in the topic is not one of ours",
                $"{result.Topic}/{result.Partition.Value} offset {result.Offset.Value}",
                $"it has no header '{RecordHeader.Name}' that this version reads", "find who writes to this topic");
        var (decoder, change) = await records.DecodeAsync(result, ct);
        var line = new Dictionary<string, object?>
        {
            ["topic"] = result.Topic,
            ["partition"] = result.Partition.Value,
            ["offset"] = result.Offset.Value,
            ["node"] = header.Node,
            ["session"] = header.Session,
            ["epoch"] = header.Epoch,
            ["commitLsn"] = header.CommitLsn.ToString(),
            ["ordinal"] = header.Ordinal,
            ["tick"] = header.Tick.ToString(CultureInfo.InvariantCulture),
            ["op"] = change.Op.ToString(),
            ["before"] = Row(decoder, change.Before),
            ["after"] = Row(decoder, change.After),
        };
        await context.Output.WriteLineAsync(JsonSerializer.Serialize(line, Line));
    }

    static Dictionary<string, string?>? Row(ChangeDecoder decoder, ColumnValue[]? row) =>
        row is null
            ? null
            : decoder.Columns.Zip(row)
                .Where(pair => pair.Second.Kind != ColumnValueKind.Unchanged)
                .ToDictionary(pair => pair.First.Name, pair => pair.Second.ToString());
}
