using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Tests.Log;

public sealed class IdempotenceTests
{
    const long Producer = 7;

    static readonly Dictionary<string, string> SmallSegments = new() { ["segment.bytes"] = "1024" };

    [Fact]
    public async Task A_batch_sent_again_is_stored_once_also_after_a_restart()
    {
        using var log = new TestLog();
        for (var i = 0; i < 8; i++)
        {
            Assert.Equal(i, (await log.AppendAsync(Batch(sequence: i))).BaseOffset);
        }

        Assert.Equal(5, (await log.AppendAsync(Batch(sequence: 5))).BaseOffset);
        log.Reopen();
        Assert.Equal(6, (await log.AppendAsync(Batch(sequence: 6))).BaseOffset);
        Assert.Equal(8, log.ReadAll().Count);
    }

    [Fact]
    public async Task The_state_survives_segments_that_are_not_read_at_start()
    {
        using var log = new TestLog(SmallSegments);
        for (var i = 0; i < 50; i++)
        {
            await log.AppendAsync(Batch(sequence: i));
        }

        log.Log.RollIfOlderThan(0);
        log.Reopen();
        Assert.Equal(49, (await log.AppendAsync(Batch(sequence: 49))).BaseOffset);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, (await log.AppendAsync(Batch(sequence: 51))).Error);
        Assert.Equal(50, (await log.AppendAsync(Batch(sequence: 50))).BaseOffset);
    }

    [Theory]
    [InlineData(2, 0, ErrorCode.OutOfOrderSequenceNumber)] // a gap
    [InlineData(1, 0, ErrorCode.None)]
    [InlineData(5, 1, ErrorCode.OutOfOrderSequenceNumber)] // a new epoch begins with 0
    [InlineData(0, 1, ErrorCode.None)]
    [InlineData(1, -1, ErrorCode.InvalidProducerEpoch)]
    public async Task A_gap_or_an_old_epoch_is_refused(int sequence, short epoch, ErrorCode expected)
    {
        using var log = new TestLog();
        await log.AppendAsync(Batch(sequence: 0));
        Assert.Equal(expected, (await log.AppendAsync(TestBatch.Of(Producer, epoch, sequence, 1_000, ("k", "v")))).Error);
    }

    [Fact]
    public async Task Sequences_wrap()
    {
        using var log = new TestLog();
        await log.AppendAsync(TestBatch.Of(Producer, 0, int.MaxValue - 1, 1_000, ("a", "1"), ("b", "2")));
        Assert.Equal(2, (await log.AppendAsync(Batch(sequence: 0))).BaseOffset);
    }

    static byte[] Batch(int sequence) => TestBatch.Of(Producer, 0, sequence, 1_000, ("key", new string('v', 100)));
}
