using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using KafkaBridge.TestKit;
using KafkaBridge.Wire.Tests;

namespace KafkaBridge.IntegrationTests;

/// <summary>kcat, Kafka's console consumer and Apache Avro's own reader read what a bridge writes; schemas come over HTTP.</summary>
[Collection(nameof(SecureCluster))]
public sealed class TopicsReadByOthers(SecureCluster cluster)
{
    string Item => cluster.Cluster + ".public.item";

    [Fact]
    public async Task Kcat_the_console_consumer_and_Avro_read_the_topics()
    {
        var port = Commands.FreePort().ToString(CultureInfo.InvariantCulture);
        await using (var run = cluster.Start(cluster.BridgeFile, ["run", "--admin-port", port]))
        {
            await cluster.Servers[0].ExecuteAsync(SecureCluster.Database, "INSERT INTO item VALUES (1000, 'seen by others')");
            await cluster.RunAsync(cluster.BridgeFile, "wait", "--caught-up", "--timeout", "60");
            await AvroReadsAsync(new Uri($"http://127.0.0.1:{port}"));
            await run.StopAsync();
        }

        string[] topics = [Item, cluster.Cluster + ".spine", cluster.Cluster + ".nodes"];
        var records = new Dictionary<string, long>();
        foreach (var topic in topics)
        {
            var read = await Commands.RunAsync(
                "kcat", ["-b", cluster.Kafka.Plain.BootstrapServers, "-m", "60", "-C", "-t", topic, "-e", "-q", "-f", "%p %o %K %S\n"]);
            records[topic] = read.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
        }

        Assert.All(records, topic => Assert.True(topic.Value > 0, topic.Key));
        var total = records.Values.Sum();
        var shown = await cluster.Kafka.Plain.ToolAsync(
            "org.apache.kafka.tools.consumer.ConsoleConsumer",
            "--include", string.Join('|', topics.Select(System.Text.RegularExpressions.Regex.Escape)), "--from-beginning",
            "--max-messages", total.ToString(CultureInfo.InvariantCulture), "--timeout-ms", "30000",
            "--formatter-property", "print.offset=true");
        Assert.Equal(total, shown.Split("Offset:").Length - 1);
        Assert.Contains("seen by others", shown, StringComparison.Ordinal);
    }

    /// <summary>Key and value of the row's record, with the schemas that the admin port serves.</summary>
    async Task AvroReadsAsync(Uri registry)
    {
        using var consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
        {
            BootstrapServers = cluster.Kafka.Plain.BootstrapServers,
            GroupId = "others",
            EnableAutoCommit = false,
        }).Build();
        var partition = new TopicPartition(Item, 0);
        var end = consumer.QueryWatermarkOffsets(partition, TimeSpan.FromSeconds(10)).High.Value;
        consumer.Assign(new TopicPartitionOffset(partition, end - 1));
        var record = consumer.Consume(TimeSpan.FromSeconds(20)).Message;
        using var http = new HttpClient { BaseAddress = registry };
        using var avro = new AvroOracle();
        var key = await DecodeAsync(http, avro, record.Key);
        var value = await DecodeAsync(http, avro, record.Value);
        Assert.Equal(1000, key["id"]!.GetValue<int>());
        Assert.Equal("c", value["op"]!.GetValue<string>());
        Assert.Null(value["before"]);
        var after = value["after"]!.AsObject().Single().Value!;
        Assert.Equal(1000, after["id"]!.GetValue<int>());
        Assert.Equal("seen by others", after["name"]!["string"]!.GetValue<string>());
    }

    static async Task<JsonNode> DecodeAsync(HttpClient registry, AvroOracle avro, byte[] framed)
    {
        Assert.Equal(0, framed[0]);
        var id = BinaryPrimitives.ReadInt32BigEndian(framed.AsSpan(1));
        var answer = JsonNode.Parse(await registry.GetStringAsync($"schemas/ids/{id.ToString(CultureInfo.InvariantCulture)}"))!;
        return JsonNode.Parse(avro.Decode(answer["schema"]!.GetValue<string>(), framed.AsSpan(5)))!;
    }
}
