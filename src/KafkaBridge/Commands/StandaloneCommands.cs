using System.CommandLine;
using System.Text.Json;
using KafkaBridge.Demo;
using KafkaBridge.Options;

namespace KafkaBridge.Commands;

/// <summary>The commands that need no configuration file.</summary>
/// <param name="guarded">Runs a command and turns what goes wrong into a sentence and an exit code.</param>
internal sealed class StandaloneCommands(
    TextWriter output, TextWriter error, Option<string?> file, Option<string> format,
    Func<Func<Task<int>>, CancellationToken, Task<int>> guarded)
{
    public IEnumerable<Command> All() => [Init(), Demo(), Broker(), Health(), Version()];

    Command Init()
    {
        var cluster = new Option<string>("--cluster") { Description = "The cluster's name: a-z, 0-9 and '-'.", Required = true };
        var kafka = new Option<string>("--kafka") { Description = "The brokers, as host:port,host:port.", Required = true };
        var nodes = new Option<string[]>("--node") { Description = "name=dsn, once for each node.", Required = true };
        var tables = new Option<string[]>("--table")
        {
            Description = "schema.table, '*' for any.",
            DefaultValueFactory = _ => ["public.*"],
        };
        var command = new Command("init", "Write a first configuration file.") { cluster, kafka, nodes, tables };
        command.SetAction((parsed, ct) => guarded(
            () => new InitCommand(parsed.GetValue(file) ?? CommandTree.DefaultFile, output).RunAsync(
                parsed.GetValue(cluster)!, parsed.GetValue(kafka)!, parsed.GetValue(nodes)!, parsed.GetValue(tables)!, ct),
            ct));
        return command;
    }

    Command Demo()
    {
        var kafka = new Option<string?>("--kafka") { Description = "Another Kafka's host:port instead of the embedded broker." };
        var postgres = new Option<string?>("--postgres") { Description = "The folder of initdb, where it isn't found." };
        var exit = new Option<bool>("--exit-after-proof") { Description = "End by itself once everything was shown." };
        var plain = new Option<bool>("--plain") { Description = "No live table: fit for a log." };
        var command = new Command("demo", "Two databases, a broker and both bridges on this machine, and what they do.")
        {
            kafka, postgres, exit, plain,
        };
        command.SetAction((parsed, ct) =>
        {
            var options = new DemoOptions(parsed.GetValue(kafka), parsed.GetValue(postgres), parsed.GetValue(exit), parsed.GetValue(plain));
            return guarded(() => new DemoCommand(options, output, error).RunAsync(ct), ct);
        });
        return command;
    }

    Command Broker()
    {
        var listen = new Option<string>("--listen")
        {
            Description = "host:port; port 0 takes a free one.",
            DefaultValueFactory = _ => "127.0.0.1:9092",
        };
        var data = new Option<string>("--data")
        {
            Description = "The folder of its logs.",
            DefaultValueFactory = _ => "kafkabridge-broker",
        };
        var advertise = new Option<string?>("--advertise") { Description = "The host name that clients are told to connect to." };
        var flush = new Option<string>("--flush")
        {
            Description = "before-answer: acks=all means synced to disk. none: as Apache Kafka's default, a power loss can take "
                + "acknowledged records.",
            DefaultValueFactory = _ => "before-answer",
        };
        flush.AcceptOnlyFromAmong("before-answer", "none");
        var certificate = new Option<string?>("--tls-certificate") { Description = "A PEM file: then it speaks TLS only." };
        var key = new Option<string?>("--tls-key") { Description = "The certificate's private key, a PEM file." };
        var users = new Option<string?>("--users") { Description = "A file of name:password lines: who may connect, by SCRAM "
            + "(PLAIN with TLS)." };
        var partitions = new Option<int>("--default-partitions")
        {
            Description = "Of topics that are created without a number, or by being asked for.",
            DefaultValueFactory = _ => 1,
        };
        var syncRecord = new Option<string?>("--sync-record")
        {
            Description = "For tests of power loss: writes down there what has been synced.",
            Hidden = true,
        };
        var registry = new Option<int?>("--registry-port")
        {
            Description = "The schema registry's port on loopback; 0: none. Else 8081, or another if that is taken.",
        };
        var command = new Command("broker", "Run the embedded single-node broker, which speaks Kafka's protocol.")
        {
            listen, data, advertise, flush, certificate, key, users, partitions, syncRecord, registry,
        };
        command.SetAction((parsed, ct) => guarded(
            () => new BrokerCommand(output, error, parsed.GetValue(format) == "json").RunAsync(
                new BrokerArguments(
                    parsed.GetValue(listen)!, parsed.GetValue(data)!, parsed.GetValue(advertise), parsed.GetValue(flush)!,
                    parsed.GetValue(certificate), parsed.GetValue(key), parsed.GetValue(users),
                    parsed.GetValue(partitions), parsed.GetValue(syncRecord), parsed.GetValue(registry)),
                ct),
            ct));
        return command;
    }

    Command Health()
    {
        var port = new Option<int>("--admin-port")
        {
            Description = "Where the bridge's admin endpoint listens.",
            DefaultValueFactory = _ => AdminOptions.DefaultPort,
        };
        var command = new Command("health", "Is the bridge of this machine or container ready? The exit code says it.") { port };
        command.SetAction((parsed, ct) => guarded(() => new HealthCommand(output).RunAsync(parsed.GetValue(port), ct), ct));
        return command;
    }

    Command Version()
    {
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var command = new Command("version", "The version of this program.") { json };
        command.SetAction(parsed =>
        {
            output.WriteLine(parsed.GetValue(json) || parsed.GetValue(format) == "json"
                ? JsonSerializer.Serialize(new
                {
                    schemaVersion = 1,
                    version = KafkaBridge.Version.Text,
                    commit = KafkaBridge.Version.Commit,
                    librdkafka = Confluent.Kafka.Library.VersionString,
                })
                : $"kafkabridge {KafkaBridge.Version.Text}");
            return ExitCode.Ok;
        });
        return command;
    }
}
