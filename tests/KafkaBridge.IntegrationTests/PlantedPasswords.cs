using System.Globalization;
using System.Text;
using Confluent.Kafka;
using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary>Passwords planted in file, environment, password files and .pgpass are in nothing that a bridge writes anywhere.</summary>
[Collection(nameof(SecureCluster))]
public sealed class PlantedPasswords(SecureCluster cluster)
{
    /// <summary>The most that there is to see: our own log at its most verbose, librdkafka's with every context.</summary>
    static readonly Dictionary<string, string> Loud = new() { ["KAFKABRIDGE__KAFKA__DEBUG"] = "all" };

    readonly List<(string Where, string Text)> seen = [];

    [Fact]
    public async Task Are_in_no_output_topic_or_table()
    {
        await NoteCommandsAsync();
        await NoteMistakesAsync();
        await NoteRunAsync();
        NoteTopics();
        foreach (var server in cluster.Servers)
        {
            seen.Add(("kafkabridge.*", string.Join('\n', await server.TextAsync(
                SecureCluster.Database,
                """
                SELECT query_to_xml(format('SELECT * FROM kafkabridge.%I', relname), true, false, '')
                FROM pg_class WHERE relnamespace = 'kafkabridge'::regnamespace AND relkind = 'r'
                """))));
            seen.Add(("the server's log", await File.ReadAllTextAsync(server.LogPath)));
        }

        Assert.Contains(seen, output => output.Text.Contains("SASL", StringComparison.Ordinal)); // librdkafka was heard
        Assert.All(seen, output => Assert.All(
            SecureCluster.Secrets,
            secret => Assert.False(output.Text.Contains(secret, StringComparison.Ordinal), $"{output.Where} holds {secret}")));
    }

    async Task NoteCommandsAsync()
    {
        string[][] commands = [["check"], ["check", "--role-sql"], ["check", "--acls"], ["plan"], ["status", "-o", "json"]];
        foreach (var arguments in commands)
        {
            Note(arguments, await cluster.TryAsync(cluster.BridgeFile, [.. arguments, "-v"], Loud));
        }
    }

    /// <summary>A port that is none, a host that is none, a key of Kafka's that is none, a setting that is wrong.</summary>
    async Task NoteMistakesAsync()
    {
        var password = Uri.EscapeDataString(SecureCluster.EuPassword);
        (string Name, string Value)[] mistakes =
        [
            ("KAFKABRIDGE__NODES__EU__DSN", $"postgresql://bridge:{password}@localhost:x/shop"),
            ("KAFKABRIDGE__NODES__EU__DSN", $"host=127.0.0.1 port=1 user=bridge password='{SecureCluster.EuPassword}'"),
            ("KAFKABRIDGE__NODES__EU__DSN", $"Host=localhost;Nonsense=1;Password={SecureCluster.UsPassword}"),
            ("KAFKABRIDGE__KAFKA__SASL_MECHANISM", "SCRAM-SHA-1"),
            ("KAFKABRIDGE__KAFKA__SSL_KEY_PASSWORD", SecureCluster.KafkaPassword),
        ];
        foreach (var (name, value) in mistakes)
        {
            var result = await cluster.TryAsync(
                cluster.BridgeFile, ["check", "-v"], new Dictionary<string, string>(Loud) { [name] = value });
            Note([name], result);
            Assert.NotEqual(0, result.ExitCode);
        }
    }

    async Task NoteRunAsync()
    {
        var port = Commands.FreePort();
        var admin = $"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}";
        using var http = new HttpClient();
        await using var run = cluster.Start(
            cluster.BridgeFile, ["run", "-v", "--log-format", "json", "--admin-port", port.ToString(CultureInfo.InvariantCulture)], Loud);
        await Eventually.TrueAsync(async () => (await http.GetAsync(admin + "/health/ready")).IsSuccessStatusCode, "ready");
        seen.Add(("the command line", await File.ReadAllTextAsync($"/proc/{run.Id}/cmdline")));
        var connected = await cluster.Servers[0].TextAsync(
            SecureCluster.Database,
            "SELECT query, application_name, pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'bridge'");
        Assert.NotEmpty(connected);
        seen.Add(("pg_stat_activity", string.Join('\n', connected)));
        foreach (var path in (string[])["/metrics", "/api/v1/status", "/health/ready"])
        {
            using var answer = await http.GetAsync(admin + path);
            seen.Add((path, await answer.Content.ReadAsStringAsync()));
        }

        await Eventually.TrueAsync(async () => (await http.GetAsync(admin + "/health/ready")).IsSuccessStatusCode, "ready again");
        await run.StopAsync();
        seen.Add(("run", run.Output + run.Error));
    }

    void NoteTopics()
    {
        using var consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig(cluster.Kafka.ReaderSettings)
        {
            GroupId = "planted",
            EnablePartitionEof = true,
            EnableAutoCommit = false,
        }).Build();
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        var partitions = admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics
            .Where(topic => topic.Topic.StartsWith(cluster.Cluster + ".", StringComparison.Ordinal))
            .SelectMany(topic => topic.Partitions.Select(one => new TopicPartitionOffset(topic.Topic, one.PartitionId, Offset.Beginning)))
            .ToList();
        Assert.Contains(partitions, partition => partition.Topic == cluster.Cluster + ".nodes");
        consumer.Assign(partitions);
        for (var open = partitions.Count; open > 0;)
        {
            var result = consumer.Consume(TimeSpan.FromSeconds(20)) ?? throw new TimeoutException("a topic does not end");
            open -= result.IsPartitionEOF ? 1 : 0;
            if (!result.IsPartitionEOF)
            {
                byte[] all = [.. result.Message.Key ?? [], .. result.Message.Headers.SelectMany(header => header.GetValueBytes()),
                    .. result.Message.Value];
                seen.Add((result.TopicPartitionOffset.ToString(), Encoding.UTF8.GetString(all)));
            }
        }
    }

    void Note(string[] what, CommandResult result) => seen.Add((string.Join(' ', what), result.Output + result.Error));
}
