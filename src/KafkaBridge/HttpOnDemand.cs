using System.Net;
using System.Net.Sockets;

namespace KafkaBridge;

/// <summary>
/// A port whose HTTP server is loaded when somebody connects for the first time: until then it takes none of its 20 MB.
/// </summary>
internal sealed class HttpOnDemand : IAsyncDisposable
{
    readonly Socket listening;
    readonly CancellationTokenSource stopping = new();
    readonly Func<Socket, Socket, CancellationToken, Task<IAsyncDisposable>> serve;
    readonly Task<IAsyncDisposable?> server;

    /// <param name="endpoint">Where to listen.</param>
    /// <param name="serve">Takes over the listening socket and the first connection.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public HttpOnDemand(IPEndPoint endpoint, Func<Socket, Socket, CancellationToken, Task<IAsyncDisposable>> serve)
    {
        this.serve = serve;
        listening = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listening.Bind(endpoint);
            listening.Listen();
        }
        catch (SocketException exception)
        {
            listening.Dispose();
            throw new IOException(exception.Message, exception);
        }

        server = ServeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        if (await server is { } running)
        {
            await running.DisposeAsync();
        }

        listening.Dispose();
        stopping.Dispose();
    }

    async Task<IAsyncDisposable?> ServeAsync()
    {
        while (true)
        {
            try
            {
                return await serve(listening, await listening.AcceptAsync(stopping.Token), stopping.Token);
            }
            catch (OperationCanceledException)
            {
                return null;
            }
            catch (SocketException)
            {
                // who connected had gone before it was accepted
            }
        }
    }
}
