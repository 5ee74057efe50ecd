using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using KafkaBridge.Broker.Api;

namespace KafkaBridge.Broker.Tests.Protocol;

/// <summary>
/// Frames that are wrong in every way, seeded: the broker answers or closes, in bounded memory, and still serves the next client.
/// </summary>
[Collection(nameof(MeasuredAlone))]
public sealed class FuzzTests : IAsyncLifetime, IDisposable
{
    const int Frames = 1_000; // over sockets; FrameFuzzTests has the many
    const long LargestGrowth = 64 << 20;

    readonly TestFolder folder = new();
    BrokerServer broker = null!;

    public Task InitializeAsync()
    {
        broker = BrokerServer.Start(new BrokerOptions { DataFolder = folder.Path, Listen = new(IPAddress.Loopback, 0),
            AutoCreateTopics = false });
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await broker.DisposeAsync();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Malformed_requests_of_every_api_and_version(int seed)
    {
        var random = new Random(seed);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var most = 0L;
        for (var i = 0; i < Frames; i++)
        {
            await SendAsync(Frame(random));
            most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: false) - before);
        }

        Assert.InRange(most, long.MinValue, LargestGrowth);
        Assert.Equal(1, await AskApiVersionsAsync());
    }

    [Fact]
    public async Task An_announced_length_alone_costs_nothing()
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var clients = new List<TcpClient>();
        for (var i = 0; i < 20; i++)
        {
            var client = await ConnectAsync();
            clients.Add(client);
            await client.GetStream().WriteAsync(new byte[] { 0x06, 0x00, 0x00, 0x00, 0, 3 }); // 96 MiB to come
        }

        Assert.Equal(1, await AskApiVersionsAsync());
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, LargestGrowth);
        clients.ForEach(client => client.Dispose());
    }

    // Half of them random from the start of the body, half with lengths and counts that claim too much.
    static byte[] Frame(Random random)
    {
        var api = ApiTable.All.ElementAt(random.Next(ApiTable.All.Count()));
        var body = new byte[random.Next(0, 200)];
        if (random.Next(2) == 0)
        {
            random.NextBytes(body);
        }
        else
        {
            for (var at = 0; at + 4 <= body.Length; at += random.Next(1, 9))
            {
                BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(at), random.Next(4) switch { 0 => int.MaxValue, 1 => -1, 2 => 1, _ =>
                    random.Next() });
            }
        }

        var frame = new byte[4 + 10 + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - 4);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(4), (short)api.Key);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(6), (short)random.Next(api.Least, api.Greatest + 1));
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(8), 7);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(12), -1);
        body.CopyTo(frame, 14);
        return frame;
    }

    // Sends, ends the sending half, and reads to the end: an answer or none.
    async Task SendAsync(byte[] frame)
    {
        using var client = await ConnectAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            var stream = client.GetStream();
            await stream.WriteAsync(frame, limit.Token);
            client.Client.Shutdown(SocketShutdown.Send);
            var buffer = new byte[4096];
            while (await stream.ReadAsync(buffer, limit.Token) > 0)
            {
            }
        }
        catch (Exception closed) when (closed is IOException or SocketException)
        {
            // closed with unread bytes
        }
    }

    async Task<int> AskApiVersionsAsync()
    {
        using var client = await ConnectAsync();
        await client.GetStream().WriteAsync(new byte[] { 0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xFF, 0xFF });
        var head = new byte[8];
        await client.GetStream().ReadExactlyAsync(head);
        return BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(4));
    }

    async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(broker.Endpoint);
        return client;
    }
}
