using System.Net;
using KafkaBridge.Broker;
using KafkaBridge.Commands;
using KafkaBridge.Monitoring;
using KafkaBridge.Options;
using Microsoft.Extensions.Logging;

namespace KafkaBridge.Demo;

/// <summary>
/// What the demo plays on: a folder, two databases, a Kafka, a configuration file, and the bridge of both nodes.
/// Disposing of it leaves nothing behind.
/// </summary>
internal sealed class DemoStage : IAsyncDisposable
{
    const string Tables = "CREATE TABLE public.accounts (id int PRIMARY KEY, owner text NOT NULL, balance int NOT NULL)";

    readonly DirectoryInfo folder;
    readonly List<LocalPostgres> servers = [];
    readonly CancellationTokenSource stop = new();
    BridgeHost? host;
    AdminEndpoint? admin;
    CommandContext? context;
    Task running = Task.CompletedTask;
    BrokerServer? broker;

    DemoStage() => folder = Directory.CreateTempSubdirectory("kafkabridge-demo-");

    public LocalPostgres Eu => servers[0];
    public LocalPostgres Us => servers[1];
    public string ConfigFile => Path.Combine(folder.FullName, "kafkabridge.yaml");

    /// <summary>Every command of the program, on the demo's cluster.</summary>
    public CommandContext Context => context!;

    public bool IsReady => !Readiness.WhyNot(host!).Any();

    /// <summary>Ends only when the bridge failed.</summary>
    public Task Running => running;

    public static async Task<DemoStage> SetAsync(DemoOptions options, DemoLog log, TextWriter error, CancellationToken ct)
    {
        var stage = new DemoStage();
        try
        {
            await stage.StartServersAsync(await PostgresBinaries.FindAsync(options.PostgresFolder, ct), log, ct);
            var kafka = stage.StartKafka(options, log);
            await stage.StartBridgeAsync(kafka, log, error, ct);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    async Task StartServersAsync(PostgresBinaries binaries, DemoLog log, CancellationToken ct)
    {
        await ServiceUser.OwnAsync(folder.FullName, ct);
        var starting = new[] { "eu", "us" }.Select(name => LocalPostgres.StartAsync(name, binaries, folder.FullName, ct)).ToList();
        try
        {
            await Task.WhenAll(starting);
        }
        finally
        {
            servers.AddRange(starting.Where(start => start.IsCompletedSuccessfully).Select(start => start.Result));
        }

        foreach (var server in servers)
        {
            await server.ExecuteAsync(Tables, ct);
            log.Step($"{server.Name}: PostgreSQL {binaries.Version} on 127.0.0.1:{server.Port}");
        }
    }

    string StartKafka(DemoOptions options, DemoLog log)
    {
        if (options.Kafka is { } another)
        {
            log.Step($"Kafka at {another}");
            return another;
        }

        broker = BrokerServer.Start(new BrokerOptions
        {
            DataFolder = Path.Combine(folder.FullName, "broker"),
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
        });
        log.Step($"Kafka: the embedded broker on {broker.BootstrapServers}");
        return broker.BootstrapServers;
    }

    async Task StartBridgeAsync(string kafka, DemoLog log, TextWriter error, CancellationToken ct)
    {
        await File.WriteAllTextAsync(ConfigFile, $$"""
            cluster: demo-{{Guid.NewGuid().ToString("N")[..8]}}
            kafka: { bootstrap.servers: "{{kafka}}" }
            registry: embedded
            nodes:
              eu: { dsn: "{{Eu.Uri}}" }
              us: { dsn: "{{Us.Uri}}" }
            tables: ["public.*"]
            """, ct);
        var bridge = BridgeOptionsReader.Read(ConfigFile, new Dictionary<string, string>());
        var warnings = new StandardErrorLog(false, LogLevel.Warning, bridge.Redaction, error, TimeProvider.System);
        context = new CommandContext(bridge, TextWriter.Null, error, false, warnings);
        await new ApplyCommand(context).RunAsync(yes: true, copyFrom: null, jobs: 1, ct);
        host = await BridgeHost.StartAsync(bridge, bridge.Nodes, warnings, ct);
        admin = await AdminEndpoint.StartAsync(host, bridge.Admin, warnings.CreateLogger("admin"), ct);
        running = host.RunAsync(stop.Token);
        log.Step($"bridges of eu and us; status, metrics and schema registry at http://127.0.0.1:{admin.Port}");
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (admin is not null)
        {
            await admin.DisposeAsync();
        }

        if (host is not null)
        {
            await host.DisposeAsync();
        }

        if (context is not null && broker is null)
        {
            await new DestroyCommand(context).RunAsync(yes: true, withTopics: true, node: null, CancellationToken.None);
        }

        if (broker is not null)
        {
            await broker.DisposeAsync();
        }

        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }

        folder.Delete(recursive: true);
        stop.Dispose();
    }
}
