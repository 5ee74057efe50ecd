using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace KafkaBridge.Broker.Tests.Clients;

/// <summary>Transactions of librdkafka's producer: who reads what, before and after restarts, and what ends one that nobody ends.</summary>
public sealed class TransactionTests : IAsyncLifetime, IDisposable
{
    const string Topic = "t";
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly TestFolder folder = new();
    BrokerServer broker = null!;

    public async Task InitializeAsync()
    {
        broker = BrokerServer.Start(new BrokerOptions { DataFolder = folder.Path, Listen = new(System.Net.IPAddress.Loopback, 0) });
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker.BootstrapServers }).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = Topic, NumPartitions = 1 }]);
    }

    public async Task DisposeAsync() => await broker.DisposeAsync();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_aborted_is_read_by_who_asks_for_it_only(bool afterRestart)
    {
        using (var producer = Begun("one"))
        {
            Send(producer, "a", "b");
            producer.Flush(Patience); // an abort takes back what was not sent yet
            producer.AbortTransaction(Patience);
            producer.BeginTransaction();
            Send(producer, "c");
            producer.CommitTransaction(Patience);
            producer.BeginTransaction();
            Send(producer, "d");
            producer.Flush(Patience);
            producer.AbortTransaction(Patience);
        }

        if (afterRestart)
        {
            await RestartAsync();
        }

        Assert.Equal(["c"], Read(IsolationLevel.ReadCommitted));
        Assert.Equal(["a", "b", "c", "d"], Read(IsolationLevel.ReadUncommitted));
    }

    [Fact]
    public async Task A_transaction_goes_on_after_the_broker_was_away()
    {
        using var producer = Begun("one");
        Send(producer, "a");
        producer.Flush(Patience);
        Assert.Empty(Read(IsolationLevel.ReadCommitted));
        await RestartAsync();
        Assert.Empty(Read(IsolationLevel.ReadCommitted));
        Send(producer, "b");
        producer.CommitTransaction(Patience);
        Assert.Equal(["a", "b"], Read(IsolationLevel.ReadCommitted));
    }

    [Fact]
    public void The_next_producer_of_an_id_aborts_what_the_one_before_left_open_and_fences_it()
    {
        using var first = Begun("one");
        Send(first, "a");
        first.Flush(Patience);
        using var second = Begun("one");
        Send(second, "b");
        second.CommitTransaction(Patience);
        Assert.True(Assert.Throws<KafkaException>(() => first.CommitTransaction(Patience)).Error.IsFatal);
        Assert.Equal(["b"], Read(IsolationLevel.ReadCommitted));
    }

    [Fact]
    public void One_that_nobody_ends_is_aborted_after_its_timeout()
    {
        using var left = Begun("one", timeoutMs: 1_000);
        Send(left, "a");
        left.Flush(Patience);
        using var other = Begun("other");
        Send(other, "b");
        other.CommitTransaction(Patience); // it can't be read before the other has ended
        using var consumer = Consumer(IsolationLevel.ReadCommitted);
        ConsumeResult<Ignore, string> record;
        while ((record = consumer.Consume(Patience)).IsPartitionEOF)
        {
            // the end so far
        }

        Assert.Equal("b", record.Message.Value);
    }

    async Task RestartAsync()
    {
        var address = broker.Endpoint;
        await broker.DisposeAsync();
        broker = BrokerServer.Start(new BrokerOptions { DataFolder = folder.Path, Listen = address });
    }

    IProducer<Null, string> Begun(string id, int timeoutMs = 60_000)
    {
        var producer = new ProducerBuilder<Null, string>(new ProducerConfig
        {
            BootstrapServers = broker.BootstrapServers, TransactionalId = id, TransactionTimeoutMs = timeoutMs,
        }).SetLogHandler((_, _) => { }).Build();
        producer.InitTransactions(Patience);
        producer.BeginTransaction();
        return producer;
    }

    static void Send(IProducer<Null, string> producer, params string[] values)
    {
        foreach (var value in values)
        {
            producer.Produce(Topic, new Message<Null, string> { Value = value });
        }
    }

    // To the end that this consumer sees.
    List<string> Read(IsolationLevel isolation)
    {
        using var consumer = Consumer(isolation);
        var values = new List<string>();
        while (consumer.Consume(Patience) is { IsPartitionEOF: false } record)
        {
            values.Add(record.Message.Value);
        }

        return values;
    }

    IConsumer<Ignore, string> Consumer(IsolationLevel isolation)
    {
        var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig
        {
            BootstrapServers = broker.BootstrapServers, GroupId = "g", IsolationLevel = isolation, EnableAutoCommit = false,
            EnablePartitionEof = true,
        }).SetLogHandler((_, _) => { }).Build();
        consumer.Assign(new TopicPartitionOffset(Topic, 0, Offset.Beginning));
        return consumer;
    }
}
