using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using KafkaBridge.Broker;
using KafkaBridge.Broker.Security;

namespace KafkaBridge.Commands;

/// <summary>The command line of <c>kafkabridge broker</c>.</summary>
internal sealed record BrokerArguments(
    string Listen, string Data, string? Advertise, string Flush, string? Certificate, string? Key, string? Users,
    int DefaultPartitions, string? SyncRecord, int? RegistryPort);

/// <summary>
/// Runs the embedded broker alone, with the embedded registry beside it, until a signal: for trying out, for tests, for one
/// machine. Needs no configuration file.
/// </summary>
internal sealed class BrokerCommand(TextWriter output, TextWriter error, bool json)
{
    const string NoFlush = "none";

    public async Task<int> RunAsync(BrokerArguments arguments, CancellationToken ct)
    {
        if (arguments.Flush == NoFlush)
        {
            await error.WriteLineAsync("warning: --flush none: acknowledged records are in memory only for a while; a power loss "
                + "can take them.");
        }

        var options = new BrokerOptions
        {
            Listen = Address(arguments.Listen),
            DataFolder = arguments.Data,
            AdvertisedHost = arguments.Advertise,
            Certificate = Certificate(arguments),
            Users = arguments.Users is { } file ? Users(file) : [],
            Flush = arguments.Flush == NoFlush ? FlushMode.None : FlushMode.BeforeAnswer,
            DefaultPartitions = Math.Max(1, arguments.DefaultPartitions),
            SyncRecord = arguments.SyncRecord,
            Report = error.WriteLine,
        };
        await using var broker = Start(options);
        if (!json)
        {
            await output.WriteLineAsync($"listening on {broker.BootstrapServers}");
        }

        await using var registry = arguments.RegistryPort == 0
            ? null
            : BrokerRegistry.Start(broker, options, arguments.RegistryPort);
        if (json)
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(
                new { schemaVersion = 1, bootstrapServers = broker.BootstrapServers, registry = registry?.Url }));
        }
        else if (registry is not null)
        {
            await output.WriteLineAsync($"schema registry at {registry.Url}");
        }

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

    static X509Certificate2? Certificate(BrokerArguments arguments)
    {
        if (arguments.Certificate is null)
        {
            return null;
        }

        try
        {
            return X509Certificate2.CreateFromPemFile(arguments.Certificate, arguments.Key);
        }
        catch (Exception exception) when (exception is IOException or CryptographicException or UnauthorizedAccessException)
        {
            throw new StoppedException(
                ExitCode.Usage, "KB1003", "the certificate can't be read", arguments.Certificate, exception.Message,
                "--tls-certificate and --tls-key name PEM files", exception);
        }
    }

    static List<BrokerUser> Users(string file)
    {
        var lines = File.Exists(file) ? File.ReadAllLines(file).Where(line => line.Length > 0).ToList() : [];
        if (lines.Count == 0 || lines.Any(line => line.IndexOf(':', StringComparison.Ordinal) < 1))
        {
            throw new StoppedException(ExitCode.Usage, "KB1003", "--users must be a file of name:password lines", file);
        }

        return [.. lines.Select(line => line.Split(':', 2)).Select(parts => new BrokerUser(parts[0], parts[1]))];
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
