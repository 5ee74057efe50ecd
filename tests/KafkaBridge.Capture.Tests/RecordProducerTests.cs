using Confluent.Kafka;
using KafkaBridge.Capture.PgOutput;
using KafkaBridge.Capture.Publishing;
using KafkaBridge.Changes;
using KafkaBridge.Kafka;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaBridge.Capture.Tests;

public sealed class RecordProducerTests
{
    static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task Records_that_Kafka_never_answers_for_end_the_session_with_a_sentence()
    {
        var progress = new CaptureProgress();
        using var producer = Unanswered(progress);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));

        var watch = producer.WatchAsync(Patience, deadline.Token);
        await producer.ProduceSpineAsync(new TopicPartition("test.spine", 0), [1], () => { }, deadline.Token);
        var failure = await Assert.ThrowsAsync<TimeoutException>(() => watch);

        Assert.StartsWith("Kafka has acknowledged none of 1 records for", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, progress.Status.InFlight);
        Assert.NotNull(new RetryDelay().Next(failure)); // the next session tries again
    }

    [Fact]
    public async Task Data_go_out_by_the_other_client_only_when_all_before_are_answered()
    {
        var progress = new CaptureProgress();
        using var producer = Unanswered(progress);
        using var stopping = new CancellationTokenSource();

        await ProduceAsync(producer, gathers: false, stopping.Token);
        await ProduceAsync(producer, gathers: false, stopping.Token);
        var other = ProduceAsync(producer, gathers: true, stopping.Token);
        await ProduceAsync(producer, gathers: false, stopping.Token);

        Assert.Equal(3, progress.Status.InFlight);
        Assert.False(other.IsCompleted);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other);
    }

    [Fact]
    public void Only_many_transactions_and_large_ones_gather()
    {
        var single = Pending(amongMany: false);
        Assert.False(single.Gathers);
        Assert.True(Pending(amongMany: true).Gathers);

        for (var i = 0; i <= Limits.RecordsSoon; i++)
        {
            single.Produced();
        }

        Assert.True(single.Gathers);
    }

    static RecordProducer Unanswered(CaptureProgress progress)
    {
        var settings = new KafkaSettings(new Dictionary<string, string> { ["bootstrap.servers"] = "127.0.0.1:1" }, null, null);
        var options = new CaptureOptions
        {
            Cluster = "test", Node = "eu", NodeNumber = 0, Epoch = 1, ConnectionString = "", Database = "shop", Tables = [],
            ConfigVersion = 1,
        };
        return new RecordProducer(settings, options, progress, NullLogger.Instance);
    }

    static Task ProduceAsync(RecordProducer producer, bool gathers, CancellationToken ct)
    {
        var message = new Message<byte[], byte[]> { Value = [1] };
        var sent = new SentRecord(producer, new Signal(), Pending(gathers), null, 'c', RecordProducer.Size(message));
        return producer.ProduceAsync(new TopicPartition("test.public.t", 0), message, sent, gathers, ct).AsTask();
    }

    static PendingTransaction Pending(bool amongMany) =>
        new(new BeginMessage(new Lsn(1), default, 1), tick: 1, vector: [], accountedTo: null, amongMany);
}
