using System.Globalization;
using System.Net;
using KafkaBridge.Broker;
using KafkaBridge.Kafka;
using KafkaBridge.Kafka.Registry;
using KafkaBridge.Kafka.Topics;
using Microsoft.AspNetCore.Http;

namespace KafkaBridge.Commands;

/// <summary>
/// The embedded registry beside the embedded broker, on the loopback. Its HTTP server is loaded, and it becomes a client of the broker,
/// when it is first asked something: a broker whose registry nobody uses carries neither them nor its topic.
/// </summary>
internal sealed class BrokerRegistry : IAsyncDisposable
{
    /// <summary>Where Confluent's registry listens, and what it calls its log.</summary>
    public const int DefaultPort = 8081;
    const string Topic = "_schemas";

    const string ClientId = "kafkabridge/broker/registry";

    /// <summary>No node of a cluster: ids 1000, 2000, …</summary>
    const int Number = 999;

    readonly Func<KafkaSettings> settings;
    readonly SemaphoreSlim opening = new(1);
    HttpOnDemand? server;
    EmbeddedSchemaRegistry? registry;

    BrokerRegistry(Func<KafkaSettings> settings) => this.settings = settings;

    public string Url { get; private set; } = "";

    /// <summary>On that port; where it is null on the usual one, or another if that is taken.</summary>
    public static BrokerRegistry Start(BrokerServer broker, BrokerOptions options, int? port)
    {
        var beside = new BrokerRegistry(() => SettingsFor(broker, options));
        try
        {
            beside.Listen(port ?? DefaultPort);
        }
        catch (IOException) when (port is null)
        {
            beside.Listen(FreePort.Next());
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
    static KafkaSettings SettingsFor(BrokerServer broker, BrokerOptions options)
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

    void Listen(int port)
    {
        server = new HttpOnDemand(
            new IPEndPoint(IPAddress.Loopback, port),
            (listening, first, ct) => HttpListening.StartAsync(listening, first, AnswerAsync, ct));
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
                var broker = settings();
                using var admin = broker.OpenAdmin(ClientId);
                var log = new TopicSpec(Topic, 1, new Dictionary<string, string> { ["cleanup.policy"] = "compact" });
                await TopicPlan.ApplyAsync(admin, await TopicPlan.CompareAsync(admin, [log], ct), ct);
                registry = await EmbeddedSchemaRegistry.StartAsync(broker, Topic, ClientId, Number, ct);
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
