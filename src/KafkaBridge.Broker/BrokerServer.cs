using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using KafkaBridge.Broker.Log;
using KafkaBridge.Broker.Storage;

namespace KafkaBridge.Broker;

/// <summary>A broker that runs: its state, its listener, one task for each connection, and the cleaner of its logs.</summary>
public sealed class BrokerServer : IAsyncDisposable
{
    static readonly TimeSpan TidyInterval = TimeSpan.FromSeconds(1);

    readonly BrokerState state;
    readonly TcpListener listener;
    readonly CancellationTokenSource stopping = new();
    readonly ConcurrentDictionary<Task, byte> connections = new();
    readonly Task accepting;
    readonly Task cleaning;
    readonly Task groups;
    readonly Task transactions;

    BrokerServer(BrokerState state, TcpListener listener)
    {
        this.state = state;
        this.listener = listener;
        Endpoint = (IPEndPoint)listener.LocalEndpoint;
        state.Advertised = (state.Options.AdvertisedHost ?? Endpoint.Address.ToString(), Endpoint.Port);
        accepting = AcceptAsync();
        cleaning = new LogCleaner(state).RunAsync(stopping.Token);
        groups = state.Groups.RunAsync(stopping.Token);
        transactions = TidyTransactionsAsync();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Endpoint { get; }

    /// <summary>For <c>bootstrap.servers</c>.</summary>
    public string BootstrapServers => $"{state.Advertised.Host}:{state.Advertised.Port}";

    /// <summary>Opens the logs, recovers what a crash left, and listens.</summary>
    /// <exception cref="IOException">The folder is in use or can't be used.</exception>
    /// <exception cref="InvalidDataException">A log is damaged where it can't simply be cut off.</exception>
    /// <exception cref="SocketException">The address is in use.</exception>
    public static BrokerServer Start(BrokerOptions options)
    {
        if (options.SyncRecord is { } record)
        {
            SyncRecord.Current = new SyncRecord(record);
        }

        var state = new BrokerState(options);
        var listener = new TcpListener(options.Listen);
        try
        {
            listener.Start(backlog: 512);
            return new BrokerServer(state, listener);
        }
        catch
        {
            listener.Dispose();
            state.Dispose();
            throw;
        }
    }

    /// <summary>Ends the connections, syncs the logs, closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Stop();
        await accepting;
        await cleaning;
        await groups;
        await transactions;
        await Task.WhenAll(connections.Keys);
        state.Dispose();
        listener.Dispose();
        stopping.Dispose();
    }

    async Task AcceptAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await listener.AcceptSocketAsync(stopping.Token);
                if (connections.Count >= BrokerLimits.Connections)
                {
                    state.Options.Report($"a connection from {socket.RemoteEndPoint} is refused: {BrokerLimits.Connections} are open");
                    socket.Dispose();
                    continue;
                }

                var connection = Task.Run(() => ServeAsync(socket));
                connections[connection] = 0;
                _ = connection.ContinueWith(ended => connections.TryRemove(ended, out _), TaskScheduler.Default);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException exception)
            {
                state.Options.Report($"a connection could not be accepted: {exception.Message}");
            }
        }
    }

    async Task TidyTransactionsAsync()
    {
        using var timer = new PeriodicTimer(TidyInterval, state.Options.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping.Token))
            {
                await state.Transactions.TidyAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // the broker stops
        }
        catch (IOException exception)
        {
            state.Options.Report($"transactions past their time are not aborted until the next start: {exception.Message}");
        }
    }

    async Task ServeAsync(Socket socket)
    {
        await using var connection = new BrokerConnection(state, socket, stopping.Token);
        await connection.RunAsync();
    }
}
