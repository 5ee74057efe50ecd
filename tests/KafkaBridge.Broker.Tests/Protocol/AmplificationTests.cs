using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Tests.Protocol;

/// <summary>
/// Requests of just under 1 MB that ask for one thing very often: refused or answered within a second, in less than 64 MB, and the broker
/// serves the next client.
/// </summary>
[Collection(nameof(MeasuredAlone))]
public sealed class AmplificationTests : IAsyncLifetime, IDisposable
{
    const long LargestAllocation = 64 << 20;
    const int FrameBytes = 1_000_000;

    readonly TestFolder folder = new();
    BrokerServer broker = null!;

    public Task InitializeAsync()
    {
        broker = BrokerServer.Start(new BrokerOptions { DataFolder = folder.Path, Listen = new(IPAddress.Loopback, 0) });
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await broker.DisposeAsync();

    public void Dispose() => folder.Dispose();

    [Fact]
    public Task Metadata_of_one_topic_again_and_again() =>
        MeasureAsync(ApiKey.Metadata, 4, repeated => repeated.String("t"), after: end => end.Boolean(true));

    [Fact]
    public Task Settings_of_the_broker_again_and_again() =>
        MeasureAsync(
            ApiKey.DescribeConfigs,
            1,
            repeated =>
            {
                repeated.Int8(4);
                repeated.String("1");
                repeated.Int32(-1);
            },
            after: end => end.Boolean(true));

    [Fact]
    public Task One_topic_to_be_made_again_and_again() => MeasureAsync(ApiKey.CreateTopics, 2, NewTopic, after: AfterTopics);

    [Fact]
    public Task One_group_described_again_and_again() => MeasureAsync(ApiKey.DescribeGroups, 0, repeated => repeated.String("g"));

    [Fact]
    public Task A_member_with_a_hundred_thousand_protocols() =>
        MeasureAsync(
            ApiKey.JoinGroup,
            0,
            repeated =>
            {
                repeated.String("p");
                repeated.Int32(0);
            },
            before: start =>
            {
                start.String("g");
                start.Int32(10_000);
                start.String("");
                start.String("consumer");
            });

    [Fact]
    public async Task One_partition_searched_by_time_again_and_again()
    {
        await AskAsync(Frame(ApiKey.CreateTopics, 2, 1, NewTopic, null, AfterTopics));
        await AskAsync(Frame(
            ApiKey.Produce,
            3,
            1,
            topic =>
            {
                topic.String("t");
                topic.Int32(1);
                topic.Int32(0);
                topic.Bytes(TestBatch.Of((null, new string('v', 900_000))));
            },
            start =>
            {
                start.String(null);
                start.Int16(-1);
                start.Int32(10_000);
            },
            null));
        await MeasureAsync(
            ApiKey.ListOffsets,
            1,
            partition =>
            {
                partition.Int32(0);
                partition.Int64(500);
            },
            before: start =>
            {
                start.Int32(-1);
                start.Int32(1);
                start.String("t");
            });
    }

    static void NewTopic(KafkaWriter topic)
    {
        topic.String("t");
        topic.Int32(1);
        topic.Int16(1);
        topic.Int32(0);
        topic.Int32(0);
    }

    static void AfterTopics(KafkaWriter end)
    {
        end.Int32(0);
        end.Boolean(false);
    }

    async Task MeasureAsync(
        ApiKey key, short version, Action<KafkaWriter> repeated, Action<KafkaWriter>? before = null, Action<KafkaWriter>? after = null)
    {
        await AskAsync(Frame(key, version, 1, repeated, before, after)); // compiled, and what it makes is made
        using var one = new KafkaWriter();
        repeated(one);
        var frame = Frame(key, version, FrameBytes / (one.Complete().Length - 4), repeated, before, after);
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var started = Stopwatch.GetTimestamp();
        await AskAsync(frame);
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 1);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - allocated, 0, LargestAllocation);
        await AskAsync(Frame(ApiKey.Metadata, 4, 1, topic => topic.String("t"), null, end => end.Boolean(false)));
    }

    static byte[] Frame(
        ApiKey key, short version, int count, Action<KafkaWriter> repeated, Action<KafkaWriter>? before, Action<KafkaWriter>? after)
    {
        using var frame = new KafkaWriter();
        frame.Int16((short)key);
        frame.Int16(version);
        frame.Int32(1); // correlation
        frame.String(null); // client
        before?.Invoke(frame);
        frame.Int32(count);
        for (; count > 0; count--)
        {
            repeated(frame);
        }

        after?.Invoke(frame);
        return frame.Complete().ToArray();
    }

    // Sends, ends the sending half, and reads to the end: an answer or none.
    async Task AskAsync(byte[] frame)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(broker.Endpoint);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            var stream = client.GetStream();
            await stream.WriteAsync(frame, limit.Token);
            client.Client.Shutdown(SocketShutdown.Send);
            var buffer = new byte[64 << 10];
            while (await stream.ReadAsync(buffer, limit.Token) > 0)
            {
            }
        }
        catch (Exception closed) when (closed is IOException or SocketException)
        {
            // refused before all of it was read
        }
    }
}
