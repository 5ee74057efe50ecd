using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using KafkaBridge.Broker.Api;
using KafkaBridge.Broker.Protocol;
using Xunit.Abstractions;

namespace KafkaBridge.Broker.Tests.Protocol;

/// <summary>
/// Real clients' frames, damaged in one to a few places, handed to the handlers as a connection does: each is answered or refused, soon
/// and in bounded memory. deploy/campaign.sh broker-fuzz sets the number higher.
/// </summary>
[Collection(nameof(MeasuredAlone))]
public sealed class FrameFuzzTests(ITestOutputHelper output) : IAsyncLifetime, IDisposable
{
    const long LargestAllocation = 64 << 20;
    const int TopicsKept = 50;
    static readonly int Frames = Scale.Of("FRAMES", 100_000) / 2;
    static readonly TimeSpan LongestWork = TimeSpan.FromSeconds(1);
    static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10); // others use the processors too

    readonly TestFolder folder = TestFolder.InMemory();
    readonly CancellationTokenSource ended = new();
    readonly TcpListener listener = new(IPAddress.Loopback, 0);
    BrokerState broker = null!;
    BrokerConnection connection = null!;
    TcpClient client = null!;

    public async Task InitializeAsync()
    {
        var options = new BrokerOptions { DataFolder = folder.Path, Flush = FlushMode.None, AutoCreateTopics = false };
        broker = new BrokerState(options) { Advertised = ("127.0.0.1", 9092) };
        listener.Start();
        client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        connection = new BrokerConnection(broker, await listener.AcceptSocketAsync(), CancellationToken.None);
        await ended.CancelAsync(); // who would wait for others does not
    }

    public async Task DisposeAsync()
    {
        await connection.DisposeAsync();
        broker.Dispose();
    }

    public void Dispose()
    {
        client.Dispose();
        listener.Dispose();
        ended.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_damaged_frame_is_answered_or_refused()
    {
        var seeds = await FrameRecorder.RecordAsync();
        Assert.InRange(seeds.Count, 20, 100); // APIs and versions
        var random = new Random(Scale.Of("SEED", 1));
        var (refused, slowest, slowestApi, hardest, largest) = (0, TimeSpan.Zero, "", TimeSpan.Zero, 0L);
        for (var i = 0; i < Frames; i++)
        {
            var frame = Damage(Choose(seeds, random), random);
            var allocated = GC.GetTotalAllocatedBytes();
            var started = Stopwatch.GetTimestamp();
            var worked = Environment.CpuUsage.TotalTime;
            refused += await HandleAsync(frame).WaitAsync(LongestWait + LongestWait) ? 0 : 1;
            var took = Stopwatch.GetElapsedTime(started);
            allocated = GC.GetTotalAllocatedBytes() - allocated;
            largest = Math.Max(largest, allocated);
            Assert.True(allocated <= LargestAllocation, $"frame {i}: {allocated} bytes allocated for {Convert.ToHexString(frame)}");
            (slowest, slowestApi) = took > slowest ? (took, $"{Api(frame)}") : (slowest, slowestApi);
            worked = Environment.CpuUsage.TotalTime - worked;
            hardest = worked > hardest ? worked : hardest;
            Assert.True(
                worked <= LongestWork && took <= LongestWait,
                $"frame {i}: {took.TotalSeconds} s, {worked.TotalSeconds} of them work, for {Convert.ToHexString(frame)}");
            if (MakesPartitions(frame))
            {
                await ForgetTopicsAsync();
            }
        }

        Assert.InRange(refused, 1, Frames - 1);
        output.WriteLine($"{Frames:#,0} damaged frames of {seeds.Count} APIs and versions: {refused:#,0} refused, the others answered; "
            + $"slowest {slowest.TotalMilliseconds:0} ms ({slowestApi}), at most {hardest.TotalMilliseconds:0} ms of work, most "
            + $"allocated for one {largest / 1024:#,0} KiB");
    }

    // True: it has an answer.
    async Task<bool> HandleAsync(byte[] frame)
    {
        Request? request = null;
        try
        {
            request = RequestHeader.Read(frame, broker, connection, ended.Token);
            await ApiTable.HandleAsync(request);
            return request.Response.Complete().Length > 0;
        }
        catch (Exception closing) when (closing is MalformedRequestException or OperationCanceledException or IOException)
        {
            return false; // the connection would close
        }
        finally
        {
            request?.Dispose();
        }
    }

    async Task ForgetTopicsAsync()
    {
        if (broker.Topics.All.Skip(TopicsKept).Any() || broker.Topics.All.Sum(topic => topic.Partitions.Count) > 10 * TopicsKept)
        {
            foreach (var topic in broker.Topics.All.ToList())
            {
                await broker.Topics.DeleteAsync(topic.Name);
            }
        }
    }

    // What makes partitions, and so files, seldom: a thousand of them take the time of a hundred thousand other frames.
    static byte[] Choose(IReadOnlyList<byte[]> seeds, Random random)
    {
        var seed = seeds[random.Next(seeds.Count)];
        return MakesPartitions(seed) && random.Next(100) > 0 ? Choose(seeds, random) : seed;
    }

    static bool MakesPartitions(byte[] frame) => Api(frame) is ApiKey.CreateTopics or ApiKey.CreatePartitions;

    static ApiKey Api(byte[] frame) => (ApiKey)BinaryPrimitives.ReadInt16BigEndian(frame);

    // Bits, numbers at the edge, pieces taken out or twice; the API and its version stay most of the time.
    static byte[] Damage(byte[] seed, Random random)
    {
        var frame = (byte[])seed.Clone();
        for (var count = random.Next(1, 5); count > 0; count--)
        {
            var at = random.Next(random.Next(20) == 0 ? 0 : Math.Min(8, frame.Length - 1), frame.Length);
            switch (random.Next(6))
            {
                case 0:
                    frame[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    frame[at] = (byte)random.Next(256);
                    break;
                case 2 when at + 4 <= frame.Length:
                    BinaryPrimitives.WriteInt32BigEndian(
                        frame.AsSpan(at),
                        random.Next(5) switch { 0 => int.MaxValue, 1 => -1, 2 => int.MinValue, 3 => 0x0FFFFFFF, _ => random.Next() });
                    break;
                case 3:
                    frame = frame[..Math.Max(RequestHeader.LeastBytes, at)];
                    break;
                case 4:
                    frame = [.. frame[..at], .. frame[random.Next(frame.Length)..]];
                    break;
                default:
                    frame = [.. frame[..at], .. new byte[random.Next(1, 9)], .. frame[at..]];
                    break;
            }

            if (frame.Length < RequestHeader.LeastBytes)
            {
                return (byte[])seed.Clone();
            }
        }

        return frame;
    }
}
