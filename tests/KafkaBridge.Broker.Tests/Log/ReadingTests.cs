using System.Buffers.Binary;
using KafkaBridge.Broker.Log;
using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Tests.Log;

/// <summary>What a fetch finds, and how it is sent.</summary>
public sealed class ReadingTests
{
    const int Batches = 200;

    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 5_000)]
    [InlineData(150, 1 << 20)]
    public async Task A_slice_is_whole_batches_from_the_offset_on(long offset, int bytes)
    {
        using var log = await FilledAsync();
        var slice = log.Log.Locate(offset, bytes)!.Value;
        var records = new byte[slice.Bytes];
        slice.Read(0, records);
        Assert.Equal(offset, new RecordBatch(records).BaseOffset);
        var (at, next) = (0, offset);
        while (at < records.Length)
        {
            var batch = new RecordBatch(records.AsSpan(at));
            Assert.True(batch.IsIntact);
            (at, next) = (at + (int)batch.TotalBytes, batch.LastOffset + 1);
        }

        Assert.Equal(slice.EndOffset, next);
        Assert.True(at <= Math.Max(bytes, new RecordBatch(records).TotalBytes));
        Assert.True(next == Batches || at + log.Log.Locate(next, 1)!.Value.Bytes > bytes); // as many as there is room for
    }

    [Fact]
    public async Task Nothing_at_or_above_the_bound_is_found()
    {
        using var log = await FilledAsync();
        Assert.Equal(100, log.Log.Locate(90, 1 << 20, below: 100)!.Value.EndOffset);
        Assert.Null(log.Log.Locate(100, 1 << 20, below: 100));
    }

    [Theory]
    [InlineData(0, 500, 0)]
    [InlineData(0, 1_500, 1)]
    [InlineData(1, 500, 1)]
    [InlineData(2, 500, -1)]
    public async Task The_first_record_from_a_time_on_is_above_the_start_of_the_log(long start, long time, long expected)
    {
        using var log = new TestLog(folder: TestFolder.InMemory());
        await log.AppendAsync(TestBatch.Of(-1, -1, -1, 1_000, ("a", "1")));
        await log.AppendAsync(TestBatch.Of(-1, -1, -1, 2_000, ("b", "2")));
        log.Log.RaiseStart(start);
        Assert.Equal(expected, TimeSearch.First(log.Log, time)?.Offset ?? -1);
    }

    [Fact]
    public async Task An_answer_that_is_being_sent_outlives_its_segment()
    {
        using var log = await FilledAsync();
        var slice = log.Log.Locate(0, 1 << 20)!.Value;
        using var response = new KafkaWriter();
        response.Records(slice);
        response.Int64(7);
        log.Log.Abandon();

        var reader = new ResponseReader(response);
        var frame = new List<byte>();
        var piece = new byte[1_000];
        while (reader.Read(piece) is var read and > 0)
        {
            frame.AddRange(piece.AsSpan(0, read));
        }

        byte[] all = [.. frame];
        Assert.Equal(all.Length - 4, BinaryPrimitives.ReadInt32BigEndian(all));
        Assert.Equal(slice.Bytes, BinaryPrimitives.ReadInt32BigEndian(all.AsSpan(4)));
        Assert.True(new RecordBatch(all.AsSpan(8)).IsIntact);
        Assert.Equal(7, BinaryPrimitives.ReadInt64BigEndian(all.AsSpan(8 + slice.Bytes)));

        using var late = new KafkaWriter();
        response.Dispose();
        late.Records(slice);
        Assert.Empty(late.Files);
        Assert.Equal(0, BinaryPrimitives.ReadInt32BigEndian(late.Complete().Span[4..]));
    }

    static async Task<TestLog> FilledAsync()
    {
        var log = new TestLog(folder: TestFolder.InMemory());
        for (var i = 0; i < Batches; i++)
        {
            await log.AppendAsync(TestBatch.Of(("k", new string('v', i % 10 * 100))));
        }

        return log;
    }
}
