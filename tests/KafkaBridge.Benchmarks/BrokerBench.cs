using System.Diagnostics;
using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaBridge.TestKit;

namespace KafkaBridge.Benchmarks;

/// <summary>
/// Apache Kafka and the embedded broker on the same load in the same minutes: 200-byte records in batches, acks=all, produced and then
/// consumed by the same client; how soon the embedded broker listens, and what it takes when idle.
/// </summary>
sealed class BrokerBench(int records)
{
    const int RecordBytes = 200;
    const int Partitions = 4;
    const int Starts = 5;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly List<(string Broker, string Load, double PerSecond)> seen = [];

    public static async Task RunAsync(int runs, int records, TextWriter output)
    {
        var bench = new BrokerBench(records);
        await using var kafka = await TestKafka.StartOwnAsync();
        if (kafka.IsEmbedded)
        {
            throw new InvalidOperationException("Apache Kafka is needed to compare with: put kafka-local into ../shared/kafka");
        }

        await using var synced = await EmbeddedBroker.StartAsync();
        await using var unsynced = await EmbeddedBroker.StartAsync("--flush", "none");
        (string Name, string Servers)[] brokers =
        [
            ("Kafka 4.3.1", kafka.BootstrapServers), ("flush none", unsynced.BootstrapServers), ("fsync first", synced.BootstrapServers),
        ];
        for (var run = 0; run <= runs; run++) // the first one warms up and does not count
        {
            for (var n = 0; n < brokers.Length; n++) // each of them comes first, second and third
            {
                var (name, servers) = brokers[(run + n) % brokers.Length];
                await bench.MeasureAsync(name, servers, run);
            }
        }

        bench.Print(runs, output);
        await PrintStartsAsync(output);
    }

    static async Task PrintStartsAsync(TextWriter output)
    {
        var listening = new double[Starts];
        var idle = new double[Starts];
        var withRegistry = new double[Starts];
        for (var i = 0; i < Starts; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await using var broker = await EmbeddedBroker.StartAsync();
            listening[i] = Stopwatch.GetElapsedTime(started).TotalSeconds;
            idle[i] = ResidentWhenAsked(broker);
            await using var both = await EmbeddedBroker.StartAsync(
                EmbeddedBroker.RegistryPort, Commands.FreePort().ToString(CultureInfo.InvariantCulture));
            withRegistry[i] = ResidentWhenAsked(both);
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"start to listening {listening.Min():0.00} to {listening.Max():0.00} s; idle {Statistics.Median(idle):0} MiB resident, "
                + $"with the registry beside it {Statistics.Median(withRegistry):0} (medians of {Starts} starts)"));
    }

    // In mebibytes, after a client's first question.
    static double ResidentWhenAsked(EmbeddedBroker broker)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker.BootstrapServers }).Build();
        admin.GetMetadata(Patience);
        var line = File.ReadLines($"/proc/{broker.ProcessId}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    async Task MeasureAsync(string broker, string servers, int run)
    {
        var topic = $"bench-{run}";
        using (var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers }).Build())
        {
            await admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = Partitions, ReplicationFactor = 1 }]);
        }

        Note(broker, "produce", run, () => Produce(servers, topic));
        Note(broker, "consume", run, () => Consume(servers, topic));
    }

    void Note(string broker, string load, int run, Action work)
    {
        var started = Stopwatch.GetTimestamp();
        work();
        var perSecond = records / Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"run {run} {broker} {load}: {perSecond:#,0} records a second"));
        if (run > 0)
        {
            seen.Add((broker, load, perSecond));
        }
    }

    void Produce(string servers, string topic)
    {
        using var producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig
        {
            BootstrapServers = servers, Acks = Acks.All, EnableIdempotence = true, LingerMs = 5, EnableDeliveryReports = false,
            QueueBufferingMaxMessages = 200_000,
        }).Build();
        var message = new Message<Null, byte[]> { Value = new byte[RecordBytes] };
        for (var i = 0; i < records; i++)
        {
            var to = new Confluent.Kafka.TopicPartition(topic, i % Partitions);
            while (!TryProduce(producer, to, message))
            {
                producer.Poll(TimeSpan.FromMilliseconds(1));
            }
        }

        while (producer.Flush(Patience) > 0)
        {
        }
    }

    static bool TryProduce(IProducer<Null, byte[]> producer, Confluent.Kafka.TopicPartition to, Message<Null, byte[]> message)
    {
        try
        {
            producer.Produce(to, message);
            return true;
        }
        catch (ProduceException<Null, byte[]> full) when (full.Error.Code == ErrorCode.Local_QueueFull)
        {
            return false;
        }
    }

    void Consume(string servers, string topic)
    {
        using var consumer = new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig
        {
            BootstrapServers = servers, GroupId = "bench", EnableAutoCommit = false, FetchQueueBackoffMs = 5, // as the bridge
        }).Build();
        consumer.Assign(Enumerable.Range(0, Partitions).Select(n => new TopicPartitionOffset(topic, n, Offset.Beginning)));
        for (var i = 0; i < records; i++)
        {
            if (consumer.Consume(Patience)?.Message.Value.Length != RecordBytes)
            {
                throw new InvalidOperationException($"{topic} on {servers} has {i} of {records} records");
            }
        }
    }

    void Print(int runs, TextWriter output)
    {
        output.WriteLine($"{records:#,0} records of {RecordBytes} bytes, {Partitions} partitions, acks=all; medians of {runs} runs");
        output.WriteLine("| broker | load | records/s | MB/s | times Kafka |");
        output.WriteLine("| --- | --- | --- | --- | --- |");
        var groups = seen.GroupBy(one => (one.Load, one.Broker));
        foreach (var group in groups.OrderByDescending(group => group.Key.Load).ThenBy(group => group.Key.Broker, StringComparer.Ordinal))
        {
            var own = group.Select(one => one.PerSecond).ToArray();
            var kafkas = seen.Where(one => one.Load == group.Key.Load && one.Broker.StartsWith("Kafka", StringComparison.Ordinal));
            // Each run's figures are from the same minutes: the median of ratios, not the ratio of medians.
            var ratio = Statistics.Median(own.Zip(kafkas, (ours, theirs) => ours / theirs.PerSecond));
            var median = Statistics.Median(own);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {group.Key.Broker} | {group.Key.Load} | {median:#,0} | {median * RecordBytes / 1e6:0.0} | {ratio:0.00} |"));
        }
    }
}
