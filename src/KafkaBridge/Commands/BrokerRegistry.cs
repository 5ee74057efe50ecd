using System.Globalization;
using System.Net;
using KafkaBridge.Broker;
using KafkaBridge.Kafka;
using KafkaBridge.Kafka.Registry;
using KafkaBridge.Kafka.Topics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace KafkaBridge.Commands;

/// <summary>
/// The embedded registry beside the embedded broker, on the loopback. It becomes a client of the broker when it is first asked
/// something, so that a broker whose registry nobody uses carries neither its topic nor its clients.
/// </summary>
internal sealed class BrokerRegistry : IAsyncDisposable
{
    /// <summary>Where Confluent's registry listens, and what it calls its log.</summary>
    public const int DefaultPort = 8081;
    const string Topic = "_schemas";

    const string ClientId = "kafkabridge/broker/registry";

    /// <summary>No node of a cluster: ids 1000, 2000, …</summary>
    const int Number = 999;

    readonly KafkaSettings settings;
    readonly SemaphoreSlim opening = new(1);
    WebApplication? server;
    EmbeddedSchemaRegistry? registry;

    BrokerRegistry(KafkaSettings settings) => this.settings = settings;

    public string Url { get; private set; } = "";

    /// <summary>On that port; where it is null on the usual one, or another if that is taken.</summary>
    public static async Task<BrokerRegistry> StartAsync(KafkaSettings settings, int? port, CancellationToken ct)
    {
        var beside = new BrokerRegistry(settings);
        try
        {
            await beside.ListenAsync(port ?? DefaultPort, ct);
        }
        catch (IOException) when (port is null)
        {
            await beside.ListenAsync(FreePort.Next(), ct);
        }
        catch (IOException exception)
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1029", "the schema registry can't listen",
                string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"), exception.Message,
                "another --registry-port, or 0 for none", exception);
        }

        return beside;
    }

    /// <summary>For a client in the broker's own process, which needs no proof that it is the broker.</summary>
    public static KafkaSettings SettingsFor(BrokerServer broker, BrokerOptions options)
    {
        var tls = options.Certificate is not null;
        var settings = new Dictionary<string, string>
        {
            ["bootstrap.servers"] = broker.BootstrapServers,
            ["security.protocol"] = (options.Users.Count > 0 ? "sasl_" : "") + (tls ? "ssl" : "plaintext"),
        };
        if (tls)
        {
            settings["enable.ssl.certificate.verification"] = "false";
        }

        if (options.Users.Count > 0)
        {
            settings["sasl.mechanism"] = "SCRAM-SHA-512"; // which proves the broker to the client too
            settings["sasl.username"] = options.Users[0].Name;
            settings["sasl.password"] = options.Users[0].Password;
        }

        return new KafkaSettings(settings, null, null);
    }

    async Task ListenAsync(int port, CancellationToken ct)
    {
        server = await HttpListening.StartAsync(IPAddress.Loopback, port, AnswerAsync, ct);
        Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
    }

    async Task AnswerAsync(HttpContext request) =>
        await HttpListening.AnswerAsync(registry ?? await OpenAsync(request.RequestAborted), request);

    async Task<EmbeddedSchemaRegistry> OpenAsync(CancellationToken ct)
    {
        await opening.WaitAsync(ct);
        try
        {
            if (registry is null)
            {
                using var admin = settings.OpenAdmin(ClientId);
                var log = new TopicSpec(Topic, 1, new Dictionary<string, string> { ["cleanup.policy"] = "compact" });
                await TopicPlan.ApplyAsync(admin, await TopicPlan.CompareAsync(admin, [log], ct), ct);
                registry = await EmbeddedSchemaRegistry.StartAsync(settings, Topic, ClientId, Number, ct);
            }

            return registry;
        }
        finally
        {
            opening.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            await server.DisposeAsync();
        }

        if (registry is not null)
        {
            await registry.DisposeAsync();
        }

        opening.Dispose();
    }
}
