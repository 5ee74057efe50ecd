using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaBridge.Broker.Protocol;
using ErrorCode = KafkaBridge.Broker.Protocol.ErrorCode;

namespace KafkaBridge.Broker.Tests.Clients;

/// <summary>What a client sees of the faults that a test orders: error codes, with and without the thing done.</summary>
public sealed class FaultTests : IAsyncLifetime, IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly TestFolder folder = new();
    readonly BrokerFaults faults = new();
    BrokerServer broker = null!;

    public Task InitializeAsync()
    {
        broker = BrokerServer.Start(
            new BrokerOptions { Faults = faults, DataFolder = folder.Path, Listen = new(System.Net.IPAddress.Loopback, 0) });
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await broker.DisposeAsync();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_refused_batch_is_not_in_the_log()
    {
        faults.Next(ApiKey.Produce, new RequestFault(FaultKind.Refuse, Code: ErrorCode.InvalidRecord));
        var refused = await Assert.ThrowsAsync<ProduceException<Null, string>>(() => ProduceAsync(idempotent: false));
        Assert.Equal(Confluent.Kafka.ErrorCode.InvalidRecord, refused.Error.Code);
        Assert.Equal(0, HighWatermark());
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 2)]
    public async Task A_batch_that_is_stored_and_said_to_have_failed_is_sent_again_and_only_an_idempotent_producer_has_it_once(
        bool idempotent, long records)
    {
        faults.Next(ApiKey.Produce, new RequestFault(FaultKind.Fail, Code: ErrorCode.RequestTimedOut));
        await ProduceAsync(idempotent);
        Assert.Equal(records, HighWatermark());
    }

    [Fact]
    public async Task A_change_that_is_made_and_said_to_have_failed_is_made()
    {
        faults.Next(ApiKey.CreateTopics, new RequestFault(FaultKind.Fail, Code: ErrorCode.PolicyViolation));
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker.BootstrapServers }).Build();
        var failed = await Assert.ThrowsAsync<CreateTopicsException>(
            () => admin.CreateTopicsAsync([new TopicSpecification { Name = "made", NumPartitions = 3 }]));
        Assert.Equal(Confluent.Kafka.ErrorCode.PolicyViolation, failed.Results[0].Error.Code);
        Assert.Equal(3, Assert.Single(admin.GetMetadata("made", Patience).Topics).Partitions.Count);
    }

    [Fact]
    public void What_cannot_be_refused_is_not_taken_for_it() =>
        Assert.Throws<ArgumentException>(() => faults.Next(ApiKey.CreateTopics, new RequestFault(FaultKind.Refuse)));

    async Task ProduceAsync(bool idempotent)
    {
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig
        {
            BootstrapServers = broker.BootstrapServers, EnableIdempotence = idempotent, MessageTimeoutMs = 30_000,
        }).Build();
        await producer.ProduceAsync("faulty", new Message<Null, string> { Value = "once" });
    }

    long HighWatermark()
    {
        using var consumer = new ConsumerBuilder<Null, string>(new ConsumerConfig
        {
            BootstrapServers = broker.BootstrapServers, GroupId = "test",
        }).Build();
        return consumer.QueryWatermarkOffsets(new TopicPartition("faulty", 0), Patience).High.Value;
    }
}
