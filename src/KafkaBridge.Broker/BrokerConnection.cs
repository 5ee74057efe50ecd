using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using KafkaBridge.Broker.Api;
using KafkaBridge.Broker.Protocol;
using KafkaBridge.Broker.Security;

namespace KafkaBridge.Broker;

/// <summary>
/// One client's connection: requests one after the other, answers in their order. Only produce requests that follow each other are
/// begun before the one before is answered, so that they wait for the disk together; they are still appended in their order.
/// What a client has not sent is never allocated for it.
/// </summary>
sealed class BrokerConnection : IAsyncDisposable
{
    const int ReadBufferBytes = 64 << 10;
    const long BytesUnderWay = 32 << 20;

    readonly BrokerState state;
    readonly Socket socket;
    readonly NetworkStream network;
    readonly CancellationTokenSource ending;
    Stream stream;
    Task answered = Task.CompletedTask;
    int requestsUnderWay;
    long bytesUnderWay;
    ApiKey previous = ApiKey.ApiVersions;

    public BrokerConnection(BrokerState state, Socket socket, CancellationToken stopping)
    {
        this.state = state;
        this.socket = socket;
        socket.NoDelay = true;
        network = new NetworkStream(socket, ownsSocket: true);
        stream = network;
        Authentication = new Authentication(state.Users);
        ClientAddress = (socket.RemoteEndPoint as IPEndPoint)?.Address.ToString() ?? "unknown";
        ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
    }

    public string ClientAddress { get; }

    public Authentication Authentication { get; }

    public async Task RunAsync()
    {
        PipeReader? reader = null;
        try
        {
            ending.CancelAfter(BrokerLimits.Handshake);
            await EncryptAsync();
            reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: ReadBufferBytes, useZeroByteReads: true));
            while (await ReadFrameAsync(reader) is { } frame)
            {
                await BeginAsync(frame);
            }

            await answered;
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or ObjectDisposedException
            or AuthenticationException)
        {
            // the client has gone, could not agree on TLS, was silent for too long, or the broker stops
        }
        catch (MalformedRequestException exception)
        {
            state.Options.Report($"the connection from {ClientAddress} is closed: {exception.Message}");
        }
        catch (Exception exception)
        {
            state.Options.Report($"the connection from {ClientAddress} is closed: {exception}");
        }
        finally
        {
            await ending.CancelAsync();
            await answered.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            if (reader is not null)
            {
                await reader.CompleteAsync();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync();
        await network.DisposeAsync();
        socket.Dispose();
        ending.Dispose();
    }

    async Task EncryptAsync()
    {
        if (state.Options.Certificate is { } certificate)
        {
            var encrypted = new SslStream(network);
            stream = encrypted;
            await encrypted.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificate = certificate,
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                },
                ending.Token);
        }
    }

    // Null: the client has closed.
    async Task<Memory<byte>?> ReadFrameAsync(PipeReader reader)
    {
        if (Authentication.IsDone)
        {
            ending.CancelAfter(BrokerLimits.Idle); // until then the time of the handshake runs on
        }

        var start = await reader.ReadAtLeastAsync(sizeof(int), ending.Token);
        if (start.Buffer.Length < sizeof(int))
        {
            return null;
        }

        var size = FrameSize(start.Buffer);
        reader.AdvanceTo(start.Buffer.GetPosition(sizeof(int)));
        if (requestsUnderWay > 0 && Interlocked.Read(ref bytesUnderWay) + size > BytesUnderWay)
        {
            await answered;
        }

        var whole = await reader.ReadAtLeastAsync(size, ending.Token);
        if (whole.Buffer.Length < size)
        {
            return null;
        }

        var frame = ArrayPool<byte>.Shared.Rent(size).AsMemory(0, size);
        whole.Buffer.Slice(0, size).CopyTo(frame.Span);
        reader.AdvanceTo(whole.Buffer.GetPosition(size));
        if (Authentication.IsDone)
        {
            ending.CancelAfter(Timeout.InfiniteTimeSpan);
        }

        return frame;
    }

    int FrameSize(ReadOnlySequence<byte> bytes)
    {
        Span<byte> prefix = stackalloc byte[sizeof(int)];
        bytes.Slice(0, sizeof(int)).CopyTo(prefix);
        var size = BinaryPrimitives.ReadInt32BigEndian(prefix);
        var most = Authentication.IsDone ? state.Options.MaxFrameBytes : BrokerLimits.FrameBytesBeforeAuthentication;
        return size >= RequestHeader.LeastBytes && size <= most
            ? size
            : throw new MalformedRequestException($"a request of {size} bytes; from {RequestHeader.LeastBytes} to {most} are taken now");
    }

    async Task BeginAsync(Memory<byte> frame)
    {
        var request = RequestHeader.Read(frame, state, this, ending.Token);
        if (!Authentication.Allows(request.Key))
        {
            throw new MalformedRequestException($"{request.Key} before authentication");
        }

        if (request.Key != ApiKey.Produce || previous != ApiKey.Produce || requestsUnderWay >= BrokerLimits.RequestsUnderWay)
        {
            await answered;
        }

        previous = request.Key;
        Interlocked.Increment(ref requestsUnderWay);
        Interlocked.Add(ref bytesUnderWay, frame.Length);
        answered = AnswerAsync(answered, HandleAsync(request), request, frame);
        if (!Authentication.IsDone || request.Key == ApiKey.SaslAuthenticate)
        {
            await answered; // what the next frame may be depends on it
        }

        if (answered.IsFaulted)
        {
            await answered;
        }
    }

    // True: the connection ends instead of an answer.
    async Task<bool> HandleAsync(Request request)
    {
        var fault = state.Options.Faults.Take(request.Key);
        if (fault is not null)
        {
            await Task.Delay(fault.Delay, state.Options.Time, request.Ended);
            if (fault.Kind == FaultKind.DropBefore)
            {
                return true;
            }

            request.Refusal = fault.Kind == FaultKind.Refuse ? fault.Code : null;
            request.Response.EveryError = fault.Kind == FaultKind.Fail ? fault.Code : null;
        }

        await ApiTable.HandleAsync(request);
        return fault?.Kind == FaultKind.DropAfter;
    }

    async Task AnswerAsync(Task before, Task<bool> handling, Request request, Memory<byte> frame)
    {
        try
        {
            await before;
            if (await handling)
            {
                throw new IOException("a fault that a test asked for");
            }

            if (!request.Unanswered)
            {
                await ResponseReader.SendAsync(request.Response, stream, request.Ended);
            }

            if (request.IsLast)
            {
                throw new IOException("the connection ends with this answer");
            }
        }
        catch
        {
            await ending.CancelAsync(); // the loop that reads must hear of it
            throw;
        }
        finally
        {
            await handling.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            request.Dispose();
            Interlocked.Decrement(ref requestsUnderWay);
            Interlocked.Add(ref bytesUnderWay, -frame.Length);
            System.Runtime.InteropServices.MemoryMarshal.TryGetArray<byte>(frame, out var array);
            ArrayPool<byte>.Shared.Return(array.Array!);
        }
    }
}
