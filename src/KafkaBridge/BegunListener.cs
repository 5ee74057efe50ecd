using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaBridge;

/// <summary>For Kestrel: a socket that listens already, whose first connection has been accepted.</summary>
internal sealed class BegunListener(Socket listening, Socket first) : IConnectionListenerFactory, IConnectionListener
{
    readonly SocketConnectionContextFactory connections = new(new SocketConnectionFactoryOptions(), NullLogger.Instance);
    Socket? first = first;

    public EndPoint EndPoint => listening.LocalEndPoint!;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => new(this);

    /// <summary>Null: no more will come.</summary>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                var socket = Interlocked.Exchange(ref first, null) ?? await listening.AcceptAsync(cancellationToken);
                socket.NoDelay = true;
                return connections.Create(socket);
            }
            catch (Exception exception) when (exception is ObjectDisposedException
                or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return null;
            }
            catch (SocketException)
            {
                // it had gone before it was accepted
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        listening.Dispose();
        return default;
    }

    public ValueTask DisposeAsync()
    {
        first?.Dispose();
        connections.Dispose();
        return UnbindAsync();
    }
}
