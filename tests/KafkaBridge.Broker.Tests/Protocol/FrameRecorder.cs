using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace KafkaBridge.Broker.Tests.Protocol;

/// <summary>
/// The frames that librdkafka sends to a broker in an ordinary session of every kind: what is sent to a relay beside the broker, on the
/// port that the broker advertises, is kept.
/// </summary>
sealed class FrameRecorder : IDisposable
{
    const string RelayHost = "127.0.0.2";
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly TcpListener relay;
    readonly IPEndPoint broker;
    readonly ConcurrentDictionary<string, byte[]> frames = new();

    FrameRecorder(IPEndPoint broker)
    {
        this.broker = broker;
        relay = new TcpListener(IPAddress.Parse(RelayHost), broker.Port);
        relay.Start();
    }

    /// <summary>Without their length; the longest of each API and version.</summary>
    public static async Task<IReadOnlyList<byte[]>> RecordAsync()
    {
        using var folder = new TestFolder();
        await using var broker = BrokerServer.Start(
            new BrokerOptions { DataFolder = folder.Path, Listen = new(IPAddress.Loopback, 0), AdvertisedHost = RelayHost });
        using var recorder = new FrameRecorder(broker.Endpoint);
        var accepting = recorder.AcceptAsync();
        await UseAsync(broker.BootstrapServers);
        recorder.relay.Stop();
        await accepting;
        return [.. recorder.frames.OrderBy(frame => frame.Key, StringComparer.Ordinal).Select(frame => frame.Value)];
    }

    public void Dispose() => relay.Dispose();

    static async Task UseAsync(string servers)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers }).Build();
        await admin.CreateTopicsAsync(
            [new TopicSpecification { Name = "fuzz", NumPartitions = 2, Configs = new() { ["retention.ms"] = "9" } }]);
        await admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = "fuzz", IncreaseTo = 3 }]);
        var resource = new ConfigResource { Type = ResourceType.Topic, Name = "fuzz" };
        await admin.DescribeConfigsAsync([resource]);
        await admin.IncrementalAlterConfigsAsync(new()
        {
            [resource] = [new ConfigEntry { Name = "retention.ms", Value = "2000000000", IncrementalOperation = AlterConfigOpType.Set }],
        });
        await admin.AlterConfigsAsync(new() { [resource] = [new ConfigEntry { Name = "segment.bytes", Value = "4096" }] });
        await ProduceAsync(servers);
        await admin.ListOffsetsAsync([new() { TopicPartition = new("fuzz", 0), OffsetSpec = OffsetSpec.ForTimestamp(1) }]);
        ProduceInTransactions(servers);
        Consume(servers);
        await admin.ListConsumerGroupsAsync();
        await admin.DescribeConsumerGroupsAsync(["fuzz-group"]);
        await admin.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions("fuzz-group", null)]);
        await admin.DescribeClusterAsync();
        await admin.DeleteRecordsAsync([new TopicPartitionOffset("fuzz", 0, 1)]);
        await admin.DeleteConsumerGroupOffsetsAsync("fuzz-group", [new("fuzz", 0)]);
        await admin.DeleteGroupsAsync(["fuzz-group"]);
        await admin.DeleteTopicsAsync(["fuzz"]);
    }

    static async Task ProduceAsync(string servers)
    {
        foreach (var codec in (CompressionType[])[CompressionType.None, CompressionType.Gzip])
        {
            using var producer = new ProducerBuilder<string, string>(new ProducerConfig
            {
                BootstrapServers = servers, EnableIdempotence = true, CompressionType = codec, LingerMs = 50,
            }).Build();
            await Task.WhenAll(Enumerable.Range(0, 20).Select(n =>
                producer.ProduceAsync(new TopicPartition("fuzz", n % 2), new Message<string, string> { Key = $"k{n}", Value = "value" })));
        }
    }

    static void ProduceInTransactions(string servers)
    {
        using var producer = new ProducerBuilder<string, string>(
            new ProducerConfig { BootstrapServers = servers, TransactionalId = "fuzz-id" }).Build();
        producer.InitTransactions(Patience);
        producer.BeginTransaction();
        producer.Produce(new TopicPartition("fuzz", 0), new Message<string, string> { Key = "k", Value = "value" });
        producer.Flush(Patience);
        producer.AbortTransaction(Patience);
    }

    static void Consume(string servers)
    {
        using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig
        {
            BootstrapServers = servers, GroupId = "fuzz-group", AutoOffsetReset = AutoOffsetReset.Earliest, EnableAutoCommit = false,
        }).Build();
        consumer.Subscribe("fuzz");
        for (var read = 0; read < 40; read++)
        {
            Assert.NotNull(consumer.Consume(Patience));
        }

        consumer.Commit();
        consumer.Close();
    }

    async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(RelayAsync(await relay.AcceptTcpClientAsync()));
            }
        }
        catch (SocketException)
        {
            await Task.WhenAll(connections); // it was stopped; the clients are gone
        }
    }

    async Task RelayAsync(TcpClient client)
    {
        using var server = new TcpClient();
        await server.ConnectAsync(broker);
        var answers = server.GetStream().CopyToAsync(client.GetStream());
        try
        {
            var length = new byte[4];
            while (true)
            {
                await client.GetStream().ReadExactlyAsync(length);
                var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
                await client.GetStream().ReadExactlyAsync(frame);
                frames.AddOrUpdate(Convert.ToHexString(frame, 0, 4), frame, (_, known) => known.Length < frame.Length ? frame : known);
                await server.GetStream().WriteAsync(length);
                await server.GetStream().WriteAsync(frame);
            }
        }
        catch (IOException)
        {
            server.Client.Shutdown(SocketShutdown.Send); // the client has closed
        }

        await answers.ContinueWith(_ => { }, TaskScheduler.Default);
        client.Dispose();
    }
}
