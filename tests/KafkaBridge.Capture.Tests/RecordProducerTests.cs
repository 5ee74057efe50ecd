using Confluent.Kafka;
using KafkaBridge.Capture.Publishing;
using KafkaBridge.Kafka;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaBridge.Capture.Tests;

public sealed class RecordProducerTests
{
    static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task Records_that_Kafka_never_answers_for_end_the_session_with_a_sentence()
    {
        var settings = new KafkaSettings(new Dictionary<string, string> { ["bootstrap.servers"] = "127.0.0.1:1" }, null, null);
        var progress = new CaptureProgress();
        var options = new CaptureOptions
        {
            Cluster = "test", Node = "eu", NodeNumber = 0, Epoch = 1, ConnectionString = "", Database = "shop", Tables = [],
            ConfigVersion = 1,
        };
        using var producer = new RecordProducer(settings, options, progress, NullLogger.Instance);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));

        var watch = producer.WatchAsync(Patience, deadline.Token);
        await producer.ProduceSpineAsync(new TopicPartition("test.spine", 0), [1], () => { }, deadline.Token);
        var failure = await Assert.ThrowsAsync<TimeoutException>(() => watch);

        Assert.StartsWith("Kafka has acknowledged none of 1 records for", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, progress.Status.InFlight);
        Assert.NotNull(new RetryDelay().Next(failure)); // the next session tries again
    }
}
