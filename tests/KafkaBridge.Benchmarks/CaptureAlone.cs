using System.Diagnostics;
using System.Globalization;
using Confluent.Kafka;
using KafkaBridge.TestKit;

namespace KafkaBridge.Benchmarks;

/// <summary>W7: a backlog of WAL in transactions of ten rows, published by the source's bridge alone; read off the topic's end.</summary>
static class CaptureAlone
{
    const int Partition = 0; // the first node's

    static readonly (int Width, int Rows)[] Shapes = [(100, 400_000), (400, 200_000), (1600, 80_000)];
    static readonly TimeSpan Answer = TimeSpan.FromSeconds(10);

    public static async Task<IReadOnlyList<Figure>> RunAsync(BridgePair pair)
    {
        var figures = new List<Figure>();
        foreach (var (width, rows) in Shapes)
        {
            await pair.StartAsync();
            await pair.StopAsync();
            await WriteAsync(pair.Source, width, rows);
            figures.Add(await PublishAsync(pair, width, rows));
        }

        return figures;
    }

    static async Task WriteAsync(PostgresServer source, int width, int rows)
    {
        await using var connection = await source.ConnectAsync(Setup.Database);
        await using var command = connection.CreateCommand();
        command.CommandTimeout = 0;
        command.CommandText = $"""
            DO $$ BEGIN FOR i IN 1 .. {Text(rows / 10)} LOOP
              INSERT INTO w7 (note) SELECT left(repeat(md5(n::text), 50), {Text(width)}) FROM generate_series(1, 10) AS n;
              COMMIT;
            END LOOP; END $$
            """;
        await command.ExecuteNonQueryAsync();
    }

    static async Task<Figure> PublishAsync(BridgePair pair, int width, int rows)
    {
        using var consumer = new ConsumerBuilder<Ignore, Ignore>(
            new ConsumerConfig { BootstrapServers = pair.Cluster.BootstrapServers, GroupId = "bench" }).Build();
        var place = new TopicPartition($"{pair.Cluster.Name}.public.w7", Partition);
        var before = consumer.QueryWatermarkOffsets(place, Answer).High.Value;
        pair.StartCapture();
        var (first, begun) = await ReachedAsync(consumer, place, before + 1);
        var (_, ended) = await ReachedAsync(consumer, place, before + rows);
        await pair.PublishedAsync();
        var usage = pair.Usage();
        await pair.StopAsync();
        return new Figure(
            $"W7 {Text(width)} B", "rows/s", (before + rows - first) / Stopwatch.GetElapsedTime(begun, ended).TotalSeconds,
            ("sourceCpu", usage.SourceCpu), ("sourcePeakMiB", usage.SourcePeak));
    }

    static async Task<(long Offset, long At)> ReachedAsync(IConsumer<Ignore, Ignore> consumer, TopicPartition place, long offset)
    {
        var high = 0L;
        await Eventually.TrueAsync(
            () => (high = consumer.QueryWatermarkOffsets(place, Answer).High.Value) >= offset,
            $"{place} at {offset}",
            TimeSpan.FromMinutes(5));
        return (high, Stopwatch.GetTimestamp());
    }

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
