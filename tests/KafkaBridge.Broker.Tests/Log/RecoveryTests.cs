using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Tests.Log;

public sealed class RecoveryTests
{
    static readonly Dictionary<string, string> SmallSegments = new() { ["segment.bytes"] = "1024" };

    [Fact]
    public async Task A_tail_cut_at_any_byte_leaves_the_whole_batches_before_it()
    {
        using var log = new TestLog();
        await log.AppendAsync(TestBatch.Of(("a", "1"), ("b", "2")));
        await log.AppendAsync(TestBatch.Of(("c", "3")));
        var second = new FileInfo(log.LastFile).Length;
        await log.AppendAsync(TestBatch.Of(("d", "4"), ("e", "5")));
        var content = File.ReadAllBytes(log.LastFile);
        for (var length = second; length < content.Length; length++)
        {
            log.Reopen(() => File.WriteAllBytes(log.LastFile, content[..(int)length]));
            Assert.Equal([(0, 2), (2, 1)], log.ReadAll());
        }

        Assert.Equal(3, (await log.AppendAsync(TestBatch.Of(("f", "6")))).BaseOffset);
        Assert.Contains(log.Reports, line => line.Contains("cut off", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_flipped_bit_in_the_tail_ends_the_log_before_it()
    {
        using var log = new TestLog();
        await log.AppendAsync(TestBatch.Of(("a", "1")));
        var first = new FileInfo(log.LastFile).Length;
        await log.AppendAsync(TestBatch.Of(("b", "2")));
        log.Reopen(() =>
        {
            var content = File.ReadAllBytes(log.LastFile);
            content[first + RecordBatch.HeaderBytes + 2] ^= 1;
            File.WriteAllBytes(log.LastFile, content);
        });
        Assert.Equal([(0, 1)], log.ReadAll());
    }

    [Fact]
    public async Task Segments_roll_and_are_all_there_after_a_restart_without_their_indexes_too()
    {
        using var log = new TestLog(SmallSegments);
        for (var i = 0; i < 100; i++)
        {
            await log.AppendAsync(TestBatch.Of(($"key{i}", new string('x', 50))));
        }

        Assert.True(log.Log.Segments.All.Count > 5);
        var expected = Enumerable.Range(0, 100).Select(n => ((long)n, 1)).ToList();
        Assert.Equal(expected, log.ReadAll());
        log.Reopen();
        Assert.Equal(expected, log.ReadAll());
        log.Reopen(() =>
        {
            foreach (var index in Directory.GetFiles(log.Folder, "*.index"))
            {
                File.Delete(index);
            }
        });
        Assert.Equal(expected, log.ReadAll());
        Assert.Equal(57, log.Log.Locate(57, 1) is { } slice ? Header(slice).BaseOffset : -1);
    }

    [Fact]
    public async Task A_full_disk_refuses_the_write_and_the_log_goes_on_when_there_is_room()
    {
        using var log = new TestLog();
        await log.AppendAsync(TestBatch.Of(("a", "1")));
        log.Faults.DiskIsFull = true;
        Assert.Equal(ErrorCode.KafkaStorageError, (await log.AppendAsync(TestBatch.Of(("b", "2")))).Error);
        log.Faults.DiskIsFull = false;
        Assert.Equal(1, (await log.AppendAsync(TestBatch.Of(("c", "3")))).BaseOffset);
        log.Reopen();
        Assert.Equal([(0, 1), (1, 1)], log.ReadAll());
    }

    [Fact]
    public async Task What_is_not_durable_yet_is_not_shown()
    {
        using var log = new TestLog();
        log.Faults.FlushDelay = TimeSpan.FromMilliseconds(200);
        var result = log.Log.Append(TestBatch.Of(("a", "1")));
        Assert.Equal(0, log.Log.HighWatermark);
        await log.Log.DurableAsync(result.DurableFrom);
        Assert.Equal(1, log.Log.HighWatermark);
    }

    static RecordBatchPlace Header(KafkaBridge.Broker.Log.LogSlice slice)
    {
        var buffer = new byte[slice.Bytes];
        slice.Read(0, buffer);
        return new RecordBatchPlace(new RecordBatch(buffer).BaseOffset);
    }

    sealed record RecordBatchPlace(long BaseOffset);
}
