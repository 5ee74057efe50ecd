using System.Text;
using KafkaBridge.Broker.Log;
using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Tests.Log;

public sealed class CompactionTests
{
    const long Now = 10_000_000_000;

    static readonly Dictionary<string, string> Settings = new()
    {
        ["cleanup.policy"] = "compact", ["segment.bytes"] = "1024", ["delete.retention.ms"] = "1000",
    };

    [Fact]
    public async Task The_newest_of_each_key_stays_at_its_offset_also_after_a_restart()
    {
        using var log = new TestLog(Settings);
        var expected = new Dictionary<string, (long Offset, string? Value)>();
        for (var i = 0; i < 200; i++)
        {
            var key = $"k{i * 7 % 10}";
            var result = await log.AppendAsync(TestBatch.Of((key, $"value {i}"), ("always", $"{i}")));
            expected[key] = (result.BaseOffset, $"value {i}");
            expected["always"] = (result.BaseOffset + 1, $"{i}");
        }

        log.Log.RollIfOlderThan(0);
        var before = log.Log.TotalBytes;
        Assert.True(new LogCompaction(log.Log, Now).Run() > 0);
        Assert.True(log.Log.TotalBytes < before / 4);
        Assert.Equal(expected.Values.OrderBy(entry => entry.Offset), Records(log).Select(record => (record.Offset, record.Value)));
        log.Reopen();
        Assert.Equal(expected.Values.OrderBy(entry => entry.Offset), Records(log).Select(record => (record.Offset, record.Value)));
        Assert.Equal(400, log.Log.HighWatermark);
        Assert.Equal(400, (await log.AppendAsync(TestBatch.Of(("k", "v")))).BaseOffset);
    }

    [Fact]
    public async Task A_tombstone_takes_its_key_out_and_goes_when_it_was_there_long_enough()
    {
        using var log = new TestLog(Settings);
        await log.AppendAsync(TestBatch.Of(-1, -1, -1, Now - 500, ("a", "1"), ("b", "2")));
        await log.AppendAsync(TestBatch.Of(-1, -1, -1, Now - 500, ("a", null)));
        log.Log.RollIfOlderThan(0);
        new LogCompaction(log.Log, Now).Run();
        Assert.Equal([(1L, "b", "2"), (2L, "a", null)], Records(log));
        new LogCompaction(log.Log, Now + 1000).Run();
        Assert.Equal([(1L, "b", "2")], Records(log));
    }

    [Fact]
    public async Task A_batch_that_cannot_be_read_stays_and_so_do_the_tombstones_after_it()
    {
        using var log = new TestLog(Settings);
        var zstd = TestBatch.Of(("a", "1"));
        zstd[22] = 4;
        RecordBatch.SetChecksum(zstd);
        await log.AppendAsync(zstd);
        await log.AppendAsync(TestBatch.Of(("a", "2")));
        await log.AppendAsync(TestBatch.Of(("a", null)));
        log.Log.RollIfOlderThan(0);
        new LogCompaction(log.Log, Now).Run();
        Assert.Equal([(0L, 1), (2L, 1)], log.ReadAll());
    }

    [Fact]
    public async Task The_last_segment_is_never_compacted()
    {
        using var log = new TestLog(Settings);
        await log.AppendAsync(TestBatch.Of(("a", "1")));
        await log.AppendAsync(TestBatch.Of(("a", "2")));
        Assert.Equal(0, new LogCompaction(log.Log, Now).Run());
        Assert.Equal(2, Records(log).Count);
    }

    [Fact]
    public async Task A_compacted_topic_refuses_records_without_a_key()
    {
        using var log = new TestLog(Settings);
        await log.AppendAsync(TestBatch.Of(("a", "1")));
        var problem = BatchCheck.Check(TestBatch.Of(("a", "1"), (null, "2"), (null, "3")), log.Log.Settings, Now);
        Assert.Equal(ErrorCode.InvalidRecord, problem.Error);
        Assert.Equal([1, 2], problem.Records);
    }

    static List<(long Offset, string Key, string? Value)> Records(TestLog log)
    {
        var records = new List<(long, string, string?)>();
        foreach (var (offset, _) in log.ReadAll())
        {
            var slice = log.Log.Locate(offset, 1)!.Value;
            var bytes = new byte[slice.Bytes];
            slice.Read(0, bytes);
            var batch = new RecordBatch(bytes);
            var cursor = new RecordCursor(batch.Records);
            while (cursor.Next())
            {
                // The value follows the key and its own length of one byte.
                var value = cursor.HasValue ? Encoding.UTF8.GetString(cursor.Record[^(ValueLength(cursor) + 1)..^1]) : null;
                records.Add((batch.BaseOffset + cursor.OffsetDelta, Encoding.UTF8.GetString(cursor.Key), value));
            }
        }

        return records;
    }

    // Record: length, attributes, two deltas of one byte, key with its length, value with its length, no headers.
    static int ValueLength(RecordCursor cursor) => cursor.Record.Length - 1 - 1 - 2 - 1 - cursor.Key.Length - 1 - 1;
}
