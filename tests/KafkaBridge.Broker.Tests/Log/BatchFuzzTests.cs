using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Compression;
using KafkaBridge.Broker.Log;
using KafkaBridge.Broker.Protocol;
using Xunit.Abstractions;

namespace KafkaBridge.Broker.Tests.Log;

/// <summary>
/// Record batches, damaged in one to a few places, half of them with a checksum that is right again: each is refused or appended, and
/// what was appended can be read, searched by time, compacted and recovered.
/// </summary>
public sealed class BatchFuzzTests(ITestOutputHelper output)
{
    const long LargestAllocation = 64 << 20;
    static readonly int Batches = Scale.Of("FRAMES", 100_000) / 2;
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_damaged_batch_is_refused_or_kept_in_a_log_that_stays_readable()
    {
        using var log = new TestLog(
            new() { ["segment.bytes"] = "65536", ["cleanup.policy"] = "compact,delete", ["retention.bytes"] = "262144" },
            folder: TestFolder.InMemory());
        byte[][] seeds =
        [
            TestBatch.Of(("a", "1"), ("b", null), ("c", "3")),
            TestBatch.Of(7, 0, 0, 1_000, ("k", new string('v', 300))),
            Gzip(TestBatch.Of(("a", new string('x', 2_000)), ("b", "2"))),
        ];
        var random = new Random(Scale.Of("SEED", 1));
        var (appended, slowest, largest) = (0, TimeSpan.Zero, 0L);
        for (var i = 0; i < Batches; i++)
        {
            var batch = Damage(seeds[random.Next(seeds.Length)], random);
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var started = Stopwatch.GetTimestamp();
            if (BatchCheck.Check(batch, log.Log.Settings, 1_000).Error == ErrorCode.None)
            {
                appended += log.Log.Append(batch).Error == ErrorCode.None ? 1 : 0;
            }

            if (i % 1_000 == 0)
            {
                log.Log.Retain();
                new LogCompaction(log.Log, now: long.MaxValue / 2).Run();
                TimeSearch.First(log.Log, random.NextInt64());
            }

            largest = Math.Max(largest, GC.GetAllocatedBytesForCurrentThread() - allocated);
            var took = Stopwatch.GetElapsedTime(started);
            slowest = took > slowest ? took : slowest;
            Assert.True(took <= Longest && largest <= LargestAllocation,
                $"batch {i}: {took.TotalSeconds} s, {largest} bytes allocated for {Convert.ToHexString(batch)}");
        }

        log.Reopen();
        Assert.NotEmpty(log.ReadAll());
        Assert.InRange(appended, 1, Batches - 1);
        output.WriteLine($"{Batches:#,0} damaged batches: {Batches - appended:#,0} refused, {appended:#,0} appended; slowest "
            + $"{slowest.TotalMilliseconds:0} ms, most allocated for one {largest / 1024:#,0} KiB");
    }

    [Fact]
    public void A_batch_that_inflates_a_thousandfold_is_kept_whole_and_costs_little()
    {
        using var log = new TestLog(
            new() { ["segment.bytes"] = "4096", ["cleanup.policy"] = "compact", ["max.message.bytes"] = "1000000" });
        var bomb = Gzip(TestBatch.Of(("a", new string('x', 100_000_000))));
        Assert.InRange(bomb.Length, 1, 1_000_000);
        Assert.Equal(ErrorCode.None, BatchCheck.Check(bomb, log.Log.Settings, 1_000).Error);
        log.Log.Append(bomb);
        log.Log.Append(TestBatch.Of(("b", "2")));
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        new LogCompaction(log.Log, now: long.MaxValue / 2).Run();
        TimeSearch.First(log.Log, 1_000);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 3 * LargestAllocation); // each of the three reads it
        Assert.Equal(2, log.ReadAll().Count);
    }

    static byte[] Gzip(byte[] batch)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(batch.AsSpan(RecordBatch.HeaderBytes));
        }

        byte[] made = [.. batch[..RecordBatch.HeaderBytes], .. packed.ToArray()];
        BinaryPrimitives.WriteInt32BigEndian(made.AsSpan(8), made.Length - RecordBatch.LengthBytes);
        BinaryPrimitives.WriteInt16BigEndian(made.AsSpan(21), 1);
        RecordBatch.SetChecksum(made);
        return made;
    }

    static byte[] Damage(byte[] seed, Random random)
    {
        var batch = (byte[])seed.Clone();
        for (var count = random.Next(1, 4); count > 0; count--)
        {
            var at = random.Next(batch.Length);
            switch (random.Next(4))
            {
                case 0:
                    batch[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    batch[at] = (byte)random.Next(256);
                    break;
                case 2 when at + 4 <= batch.Length:
                    BinaryPrimitives.WriteInt32BigEndian(
                        batch.AsSpan(at), random.Next(3) switch { 0 => int.MaxValue, 1 => -1, _ => random.Next() });
                    break;
                default:
                    batch = batch[..at];
                    break;
            }

            if (batch.Length <= RecordBatch.HeaderBytes)
            {
                return batch;
            }
        }

        if (random.Next(2) == 0)
        {
            BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(8), batch.Length - RecordBatch.LengthBytes);
            batch[16] = 2;
            RecordBatch.SetChecksum(batch);
        }

        return batch;
    }
}
