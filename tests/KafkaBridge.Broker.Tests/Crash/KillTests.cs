using System.Collections.Concurrent;
using Confluent.Kafka;
using KafkaBridge.TestKit;
using Xunit.Abstractions;

namespace KafkaBridge.Broker.Tests.Crash;

/// <summary>
/// kill −9 of the broker's process while an idempotent producer writes, with and without a power loss: what was acknowledged is there,
/// once, in order. deploy/campaign.sh broker-kills sets the numbers higher.
/// </summary>
public sealed class KillTests(ITestOutputHelper output)
{
    const int Partitions = 2;

    static readonly int Kills = Scale.Of("TIMES", 5);
    static readonly int BetweenKills = Scale.Of("RECORDS", 10_000) / Kills;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_acknowledged_record_is_lost_doubled_or_reordered(bool withPowerLoss)
    {
        using var records = new TestFolder();
        var syncRecord = Path.Combine(records.Path, "synced");
        await using var broker = await EmbeddedBroker.StartAsync(withPowerLoss ? ["--sync-record", syncRecord] : []);
        using (var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker.BootstrapServers }).Build())
        {
            await admin.CreateTopicsAsync(
                [new() { Name = "kill", NumPartitions = Partitions, Configs = new() { ["segment.bytes"] = "100000" } }]);
        }

        var random = new Random(Scale.Of("SEED", 1));
        var acknowledged = new ConcurrentDictionary<int, (int Partition, long Offset)>();
        var failures = new ConcurrentQueue<Error>();
        using var stop = new CancellationTokenSource();
        var producing = Task.Run(() => Produce(broker.BootstrapServers, acknowledged, failures, stop.Token));
        for (var kill = 0; kill < Kills; kill++)
        {
            var reached = acknowledged.Count + BetweenKills;
            await Eventually.TrueAsync(
                () => acknowledged.Count >= reached || !failures.IsEmpty, "the producer goes on", TimeSpan.FromMinutes(2));
            Assert.Empty(failures);
            await broker.KillAsync();
            if (withPowerLoss && random.Next(4) > 0)
            {
                PowerLoss.Strike(broker.Data, syncRecord, random);
            }

            await broker.StartAgainAsync();
        }

        await stop.CancelAsync();
        var sent = await producing;
        Assert.Empty(failures);
        Assert.Equal(sent, acknowledged.Count);
        var found = ReadAll(broker.BootstrapServers);
        Assert.Equal(sent, found.Count);
        foreach (var partition in Enumerable.Range(0, Partitions))
        {
            var values = found.Where(record => record.Partition == partition).Select(record => record.Value).ToList();
            Assert.Equal(values.Order(), values);
        }

        Assert.DoesNotContain(found, record => acknowledged[record.Value] != (record.Partition, record.Offset));
        output.WriteLine($"{Kills} kills {(withPowerLoss ? "with power loss" : "of the process")}: {sent:#,0} records acknowledged, each "
            + "found once, at its offset, in order");
    }

    static int Produce(
        string servers, ConcurrentDictionary<int, (int Partition, long Offset)> acknowledged, ConcurrentQueue<Error> failures,
            CancellationToken stop)
    {
        using var producer = new ProducerBuilder<Null, int>(new ProducerConfig
        {
            BootstrapServers = servers, EnableIdempotence = true, MessageTimeoutMs = 300_000, LingerMs = 1,
                QueueBufferingMaxMessages = 1_000,
            ReconnectBackoffMs = 20, ReconnectBackoffMaxMs = 200, RetryBackoffMs = 20,
        }).SetLogHandler((_, _) => { }).Build();
        var sent = 0;
        while (!stop.IsCancellationRequested)
        {
            var value = sent;
            try
            {
                producer.Produce(new TopicPartition("kill", value % Partitions), new Message<Null, int> { Value = value }, report =>
                {
                    if (report.Error.IsError)
                    {
                        failures.Enqueue(report.Error);
                    }
                    else
                    {
                        acknowledged[value] = (report.Partition.Value, report.Offset.Value);
                    }
                });
                sent++;
            }
            catch (ProduceException<Null, int> full) when (full.Error.Code == ErrorCode.Local_QueueFull)
            {
                producer.Poll(TimeSpan.FromMilliseconds(10));
            }
        }

        producer.Flush(TimeSpan.FromMinutes(2));
        return sent;
    }

    static List<(int Partition, long Offset, int Value)> ReadAll(string servers)
    {
        using var consumer = new ConsumerBuilder<Ignore, int>(new ConsumerConfig
        {
            BootstrapServers = servers, GroupId = "check", EnableAutoCommit = false, EnablePartitionEof = true,
        }).Build();
        consumer.Assign(Enumerable.Range(0, Partitions).Select(n => new TopicPartitionOffset("kill", n, Offset.Beginning)));
        var found = new List<(int, long, int)>();
        var ends = 0;
        while (ends < Partitions && consumer.Consume(TimeSpan.FromSeconds(30)) is { } record)
        {
            if (record.IsPartitionEOF)
            {
                ends++;
            }
            else
            {
                found.Add((record.Partition.Value, record.Offset.Value, record.Message.Value));
            }
        }

        return found;
    }
}
