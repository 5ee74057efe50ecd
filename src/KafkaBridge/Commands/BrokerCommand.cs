using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using KafkaBridge.Broker;

namespace KafkaBridge.Commands;

/// <summary>
/// Runs the embedded broker alone, until a signal: for trying out, for tests, for one machine. Needs no configuration file.
/// </summary>
internal sealed class BrokerCommand(TextWriter output, TextWriter error, bool json)
{
    const string NoFlush = "none";

    public async Task<int> RunAsync(string listen, string data, string? advertise, string flush, CancellationToken ct)
    {
        if (flush == NoFlush)
        {
            await error.WriteLineAsync("warning: --flush none: acknowledged records are in memory only for a while; a power loss "
                + "can take them.");
        }

        await using var broker = Start(new BrokerOptions
        {
            Listen = Address(listen),
            DataFolder = data,
            AdvertisedHost = advertise,
            Flush = flush == NoFlush ? FlushMode.None : FlushMode.BeforeAnswer,
            Report = error.WriteLine,
        });
        await output.WriteLineAsync(json
            ? JsonSerializer.Serialize(new { schemaVersion = 1, bootstrapServers = broker.BootstrapServers })
            : $"listening on {broker.BootstrapServers}");
        await output.FlushAsync(ct);
        await Task.Delay(Timeout.InfiniteTimeSpan, ct).ContinueWith(_ => { }, TaskScheduler.Default);
        return ExitCode.Ok;
    }

    static BrokerServer Start(BrokerOptions options)
    {
        try
        {
            return BrokerServer.Start(options);
        }
        catch (SocketException exception)
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1026", "the broker can't listen", options.Listen.ToString(), exception.Message,
                    "another --listen, or port 0", exception);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1027", "the broker can't open its logs", options.DataFolder, exception.Message,
                    "another --data folder", exception);
        }
    }

    static IPEndPoint Address(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon > 0 && ushort.TryParse(text.AsSpan(colon + 1), out var port))
        {
            var host = text[..colon].Trim('[', ']');
            if (IPAddress.TryParse(host, out var address) || (address = Resolve(host)) is not null)
            {
                return new IPEndPoint(address, port);
            }
        }

        throw new StoppedException(ExitCode.Usage, "KB1003", $"--listen must be host:port, such as 127.0.0.1:9092, not '{text}'");
    }

    static IPAddress? Resolve(string host)
    {
        try
        {
            return Dns.GetHostAddresses(host).FirstOrDefault();
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
