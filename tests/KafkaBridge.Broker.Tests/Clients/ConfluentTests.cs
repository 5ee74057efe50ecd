using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace KafkaBridge.Broker.Tests.Clients;

/// <summary>librdkafka, through Confluent.Kafka, against a broker in this process.</summary>
public sealed class ConfluentTests : IAsyncLifetime, IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly TestFolder folder = new();
    readonly BrokerFaults faults = new();
    BrokerServer broker = null!;

    public Task InitializeAsync()
    {
        broker = Start();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await broker.DisposeAsync();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Zstd)]
    public async Task Records_of_any_codec_come_back_as_they_went(CompressionType codec)
    {
        var topic = codec.ToString();
        await CreateAsync(topic, 3);
        var sent = await ProduceAsync(topic, 3, 3_000, codec);
        Assert.Equal(sent, Consume(topic, 3, sent.Count));
    }

    [Fact]
    public async Task Everything_is_there_after_a_restart()
    {
        await CreateAsync("kept", 2, new() { ["segment.bytes"] = "20000" });
        var sent = await ProduceAsync("kept", 2, 2_000, CompressionType.None);
        var address = broker.Endpoint;
        await broker.DisposeAsync();
        broker = BrokerServer.Start(new BrokerOptions { DataFolder = folder.Path, Listen = address });
        Assert.Equal(sent, Consume("kept", 2, sent.Count));
        using var admin = Admin();
        Assert.Equal(2, Assert.Single(admin.GetMetadata("kept", Patience).Topics).Partitions.Count);
    }

    [Fact]
    public async Task A_waiting_consumer_hears_of_a_record_at_once()
    {
        await CreateAsync("polled", 1);
        using var consumer = Consumer(fetchWaitMs: 30_000);
        consumer.Assign(new TopicPartitionOffset("polled", 0, Offset.Beginning));
        Assert.Null(consumer.Consume(TimeSpan.FromMilliseconds(500))); // its fetch waits at the broker now
        var started = TimeProvider.System.GetTimestamp();
        await ProduceAsync("polled", 1, 1, CompressionType.None);
        Assert.NotNull(consumer.Consume(Patience));
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0, 10);
    }

    [Fact]
    public async Task Offsets_by_time_and_after_deleting_records()
    {
        await CreateAsync("timed", 1, new() { ["segment.bytes"] = "4096" });
        using (var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = broker.BootstrapServers,
            LingerMs = 0 }).Build())
        {
            for (var i = 0; i < 200; i++)
            {
                await producer.ProduceAsync("timed", new Message<string, string> { Key = "k", Value = new string('v', 50),
                    Timestamp = new Timestamp(1_000_000 + i, TimestampType.CreateTime) });
            }
        }

        using var consumer = Consumer();
        var found = consumer.OffsetsForTimes([new TopicPartitionTimestamp("timed", 0, new Timestamp(1_000_150,
            TimestampType.CreateTime))], Patience);
        Assert.Equal(150, found[0].Offset.Value);
        using var admin = Admin();
        await admin.DeleteRecordsAsync([new TopicPartitionOffset("timed", 0, 120)]);
        Assert.Equal((120, 200), (consumer.QueryWatermarkOffsets(new("timed", 0), Patience).Low.Value,
            consumer.QueryWatermarkOffsets(new("timed", 0), Patience).High.Value));
        await broker.DisposeAsync();
        broker = BrokerServer.Start(new BrokerOptions { DataFolder = folder.Path, Listen = broker.Endpoint });
        Assert.Equal(120, consumer.QueryWatermarkOffsets(new("timed", 0), Patience).Low.Value);
    }

    [Theory]
    [InlineData(FaultKind.DropBefore)]
    [InlineData(FaultKind.DropAfter)]
    [InlineData(FaultKind.Delay)]
    public async Task A_produce_that_meets_a_fault_is_stored_once(FaultKind kind)
    {
        await CreateAsync("faulty", 1);
        faults.Next(KafkaBridge.Broker.Protocol.ApiKey.Produce, new RequestFault(kind, TimeSpan.FromMilliseconds(50)));
        var sent = await ProduceAsync("faulty", 1, 100, CompressionType.None);
        using var consumer = Consumer();
        Assert.Equal(100, consumer.QueryWatermarkOffsets(new("faulty", 0), Patience).High.Value);
        Assert.Equal(sent, Consume("faulty", 1, 100));
    }

    [Fact]
    public async Task Two_members_of_a_group_share_the_partitions_and_one_takes_over_when_the_other_leaves()
    {
        await CreateAsync("shared", 2);
        using var one = Subscriber();
        one.Subscribe("shared");
        await AssignedAsync(2, one);
        using (var two = Subscriber())
        {
            two.Subscribe("shared");
            await AssignedAsync(1, one, two);
            two.Close();
        }

        await AssignedAsync(2, one);
        one.Close();
        using var admin = Admin();
        var listed = await admin.ListConsumerGroupsAsync();
        Assert.Contains(listed.Valid, group => group.GroupId == "members" && group.State == ConsumerGroupState.Empty);
    }

    [Fact]
    public async Task A_topic_deleted_and_created_again_is_empty()
    {
        await CreateAsync("again", 1);
        await ProduceAsync("again", 1, 10, CompressionType.None);
        using var admin = Admin();
        await admin.DeleteTopicsAsync(["again"]);
        await CreateAsync("again", 1);
        using var consumer = Consumer();
        Assert.Equal(0, consumer.QueryWatermarkOffsets(new("again", 0), Patience).High.Value);
    }

    [Fact]
    public async Task Settings_are_checked_shown_and_changed()
    {
        var wrong = await Assert.ThrowsAsync<CreateTopicsException>(() => CreateAsync("settings", 1, new() { ["retention.ms"] = "soon" }));
        Assert.Contains("Invalid value soon for configuration retention.ms", wrong.Results[0].Error.Reason, StringComparison.Ordinal);
        await CreateAsync("settings", 1, new() { ["retention.ms"] = "1000" });
        using var admin = Admin();
        var resource = new ConfigResource { Type = ResourceType.Topic, Name = "settings" };
        await admin.IncrementalAlterConfigsAsync(new Dictionary<ConfigResource, List<ConfigEntry>>
        {
            [resource] = [new ConfigEntry { Name = "retention.ms", Value = "2000", IncrementalOperation = AlterConfigOpType.Set }],
        });
        var described = (await admin.DescribeConfigsAsync([resource]))[0].Entries;
        Assert.Equal("2000", described["retention.ms"].Value);
        Assert.True(described["cleanup.policy"].IsDefault);
    }

    [Fact]
    public async Task Offsets_committed_by_hand_survive_a_restart()
    {
        await CreateAsync("committed", 2);
        using (var consumer = Consumer())
        {
            consumer.Commit([new TopicPartitionOffset("committed", 1, 42)]);
        }

        await broker.DisposeAsync();
        broker = BrokerServer.Start(new BrokerOptions { DataFolder = folder.Path, Listen = broker.Endpoint });
        using var later = Consumer();
        var offsets = later.Committed([new("committed", 0), new("committed", 1)], Patience);
        Assert.Equal([Offset.Unset.Value, 42], offsets.Select(offset => offset.Offset.Value));
    }

    IConsumer<string, string> Subscriber() => new ConsumerBuilder<string, string>(new ConsumerConfig
    {
        BootstrapServers = broker.BootstrapServers, GroupId = "members", SessionTimeoutMs = 6_000, HeartbeatIntervalMs = 100,
        PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky, TopicMetadataRefreshIntervalMs = 1_000,
    }).Build();

    static Task AssignedAsync(int partitions, params IConsumer<string, string>[] consumers) => KafkaBridge.TestKit.Eventually.TrueAsync(
        () =>
        {
            foreach (var consumer in consumers)
            {
                consumer.Consume(TimeSpan.FromMilliseconds(50));
            }

            return consumers.All(consumer => consumer.Assignment.Count == partitions);
        },
        $"each has {partitions} partitions",
        TimeSpan.FromMinutes(1));

    BrokerServer Start() => BrokerServer.Start(new BrokerOptions { Faults = faults, DataFolder = folder.Path,
        Listen = new(System.Net.IPAddress.Loopback,
        0) });

    IAdminClient Admin() => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker.BootstrapServers }).Build();

    IConsumer<string, string> Consumer(int fetchWaitMs = 100) => new ConsumerBuilder<string, string>(new ConsumerConfig
    {
        BootstrapServers = broker.BootstrapServers, GroupId = "test", EnableAutoCommit = false, FetchWaitMaxMs = fetchWaitMs,
            SocketTimeoutMs = 60_000,
    }).Build();

    async Task CreateAsync(string topic, int partitions, Dictionary<string, string>? settings = null)
    {
        using var admin = Admin();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = partitions, Configs = settings ?? [] }]);
    }

    async Task<List<string>> ProduceAsync(string topic, int partitions, int count, CompressionType codec)
    {
        using var producer = new ProducerBuilder<string, string>(new ProducerConfig
        {
            BootstrapServers = broker.BootstrapServers, EnableIdempotence = true, CompressionType = codec, LingerMs = 1,
        }).Build();
        var sent = new List<string>();
        var deliveries = new List<Task<DeliveryResult<string, string>>>();
        for (var i = 0; i < count; i++)
        {
            var message = new Message<string, string>
            {
                Key = $"k{i}", Value = $"value {i}", Headers = new Headers { { "h", Encoding.UTF8.GetBytes($"{i}") } },
            };
            deliveries.Add(producer.ProduceAsync(new TopicPartition(topic, i % partitions), message));
            sent.Add($"{i % partitions} k{i} value {i} {i}");
        }

        await Task.WhenAll(deliveries);
        return [.. sent.Order(StringComparer.Ordinal)];
    }

    List<string> Consume(string topic, int partitions, int count)
    {
        using var consumer = Consumer();
        consumer.Assign(Enumerable.Range(0, partitions).Select(n => new TopicPartitionOffset(topic, n, Offset.Beginning)));
        var got = new List<string>();
        while (got.Count < count && consumer.Consume(Patience) is { } record)
        {
            got.Add($"{record.Partition.Value} {record.Message.Key} {record.Message.Value} "
                + $"{Encoding.UTF8.GetString(record.Message.Headers[0].GetValueBytes())}");
        }

        return [.. got.Order(StringComparer.Ordinal)];
    }
}
