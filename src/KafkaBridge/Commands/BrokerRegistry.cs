using System.Globalization;
using System.Net;
using System.Text;
using KafkaBridge.Broker;
using KafkaBridge.Kafka;
using KafkaBridge.Kafka.Registry;
using KafkaBridge.Kafka.Topics;

namespace KafkaBridge.Commands;

/// <summary>
/// The embedded registry beside the embedded broker, on the loopback. It becomes a client of the broker when it is first asked
/// something, so that a broker whose registry nobody uses carries neither its topic nor its clients; and it is served by
/// HttpListener, as Kestrel alone would take half as much memory as the broker.
/// </summary>
internal sealed class BrokerRegistry : IAsyncDisposable
{
    /// <summary>Where Confluent's registry listens, and what it calls its log.</summary>
    public const int DefaultPort = 8081;
    const string Topic = "_schemas";

    const string ClientId = "kafkabridge/broker/registry";

    /// <summary>No node of a cluster: ids 1000, 2000, …</summary>
    const int Number = 999;

    /// <summary>A schema is text of some kilobytes.</summary>
    const int LargestBody = 4 << 20;

    const int RequestsAtOnce = 32;

    readonly KafkaSettings settings;
    readonly SemaphoreSlim opening = new(1);
    readonly SemaphoreSlim room = new(RequestsAtOnce);
    readonly CancellationTokenSource stopping = new();
    HttpListener listener = new();
    Task serving = Task.CompletedTask;
    EmbeddedSchemaRegistry? registry;

    BrokerRegistry(KafkaSettings settings) => this.settings = settings;

    public string Url { get; private set; } = "";

    /// <summary>On that port; where it is null on the usual one, or another if that is taken.</summary>
    public static BrokerRegistry Start(KafkaSettings settings, int? port)
    {
        var beside = new BrokerRegistry(settings);
        try
        {
            beside.Listen(port ?? DefaultPort);
        }
        catch (HttpListenerException) when (port is null)
        {
            beside.Listen(FreePort.Next());
        }
        catch (HttpListenerException exception)
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1029", "the schema registry can't listen",
                string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"), exception.Message,
                "another --registry-port, or 0 for none", exception);
        }

        beside.serving = beside.ServeAsync();
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

    void Listen(int port)
    {
        listener = new HttpListener();
        Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        listener.Prefixes.Add(Url + "/");
        listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}/"));
        listener.Start();
    }

    async Task ServeAsync()
    {
        while (true)
        {
            await room.WaitAsync();
            try
            {
                _ = AnswerAsync(await listener.GetContextAsync());
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                room.Release();
                return; // closed
            }
        }
    }

    async Task AnswerAsync(HttpListenerContext context)
    {
        var response = context.Response;
        try
        {
            var answer = await AnswerAsync(context.Request);
            response.StatusCode = answer.StatusCode;
            response.ContentType = RegistryAnswer.MediaType;
            var body = Encoding.UTF8.GetBytes(answer.Body);
            response.ContentLength64 = body.Length;
            await response.OutputStream.WriteAsync(body, stopping.Token);
            response.Close(); // its Dispose would close the connection, under a client's next request
        }
        catch (Exception exception) when (exception is HttpListenerException or IOException or OperationCanceledException
            or ObjectDisposedException)
        {
            response.Abort(); // whoever asked has gone, or we go
        }
        finally
        {
            room.Release();
        }
    }

    async Task<RegistryAnswer> AnswerAsync(HttpListenerRequest request)
    {
        // A body without its length would need a bound of its own; clients of a registry send the length.
        if (request.ContentLength64 > LargestBody || (request.HasEntityBody && request.ContentLength64 < 0))
        {
            return RegistryEndpoints.Error(413, 413, $"The request's length must be given, and be at most {LargestBody} bytes.");
        }

        try
        {
            using var body = new StreamReader(request.InputStream);
            return await new RegistryEndpoints(registry ?? await OpenAsync()).AnswerAsync(
                request.HttpMethod, request.RawUrl!.Split('?')[0], await body.ReadToEndAsync(stopping.Token), stopping.Token);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or IOException or HttpListenerException))
        {
            return RegistryEndpoints.Error(500, SchemaRegistryException.StoreFailed, exception.Message);
        }
    }

    async Task<EmbeddedSchemaRegistry> OpenAsync()
    {
        await opening.WaitAsync(stopping.Token);
        try
        {
            if (registry is null)
            {
                using var admin = settings.OpenAdmin(ClientId);
                var log = new TopicSpec(Topic, 1, new Dictionary<string, string> { ["cleanup.policy"] = "compact" });
                await TopicPlan.ApplyAsync(admin, await TopicPlan.CompareAsync(admin, [log], stopping.Token), stopping.Token);
                registry = await EmbeddedSchemaRegistry.StartAsync(settings, Topic, ClientId, Number, stopping.Token);
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
        await stopping.CancelAsync();
        listener.Close();
        await serving;
        for (var slot = 0; slot < RequestsAtOnce; slot++)
        {
            await room.WaitAsync(); // until nobody is being answered
        }

        if (registry is not null)
        {
            await registry.DisposeAsync();
        }

        opening.Dispose();
        room.Dispose();
        stopping.Dispose();
    }
}
