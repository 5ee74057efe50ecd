using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Tests.Log;

public sealed class RetentionTests
{
    [Fact]
    public async Task Segments_past_their_time_go_the_last_one_too()
    {
        using var log = new TestLog(new() { ["segment.bytes"] = "1024", ["retention.ms"] = "1000" });
        for (var i = 0; i < 30; i++)
        {
            await log.AppendAsync(TestBatch.Of(("k", new string('v', 100)))); // of 1970
        }

        Assert.True(log.Log.Retain());
        Assert.Empty(log.ReadAll());
        Assert.Equal((30, 30), (log.Log.LogStart, log.Log.HighWatermark));
        log.Reopen();
        Assert.Equal(30, (await log.AppendAsync(TestBatch.Of(("k", "v")))).BaseOffset);
    }

    [Fact]
    public async Task Retention_by_size_keeps_at_least_so_much()
    {
        using var log = new TestLog(new() { ["segment.bytes"] = "1024", ["retention.ms"] = "-1", ["retention.bytes"] = "2000" });
        for (var i = 0; i < 50; i++)
        {
            await log.AppendAsync(TestBatch.Of(("k", new string('v', 100))));
        }

        Assert.True(log.Log.Retain());
        Assert.InRange(log.Log.TotalBytes, 2000, 2000 + 1024);
        Assert.Equal(log.ReadAll()[0].Offset, log.Log.LogStart);
        Assert.False(log.Log.Retain());
    }

    [Fact]
    public async Task A_start_that_was_raised_hides_what_is_below_and_deletes_whole_segments()
    {
        using var log = new TestLog(new() { ["segment.bytes"] = "1024" });
        for (var i = 0; i < 50; i++)
        {
            await log.AppendAsync(TestBatch.Of(("k", new string('v', 100))));
        }

        var segments = log.Log.Segments.All.Count;
        log.Log.RaiseStart(25);
        Assert.Equal(25, log.Log.LogStart);
        Assert.True(log.Log.Segments.All.Count < segments);
        Assert.Equal(25, log.ReadAll()[0].Offset);
    }

    [Fact]
    public void A_batch_over_the_topics_limit_is_refused()
    {
        var settings = KafkaBridge.Broker.Topics.TopicSettings.ToLog(new Dictionary<string, string> { ["max.message.bytes"] = "100" });
        var (error, message, _) = KafkaBridge.Broker.Log.BatchCheck.Check(TestBatch.Of(("k", new string('v', 100))), settings, 1_000);
        Assert.Equal(ErrorCode.MessageTooLarge, error);
        Assert.Contains("max.message.bytes is 100", message, StringComparison.Ordinal);
    }
}
