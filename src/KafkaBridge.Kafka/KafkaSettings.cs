using Confluent.Kafka;

namespace KafkaBridge.Kafka;

/// <summary>
/// The settings of every Kafka client: ours first, then the user's, under librdkafka's names and passed on as they are.
/// A key or value that librdkafka doesn't know, or one that would break order or exactly-once, is refused when this is made.
/// </summary>
public sealed class KafkaSettings
{
    static readonly Dictionary<string, string> CommonDefaults = new()
    {
        ["socket.keepalive.enable"] = "true",
    };

    static readonly Dictionary<string, string> ProducerDefaults = new()
    {
        ["enable.idempotence"] = "true",
        ["acks"] = "all",
        ["max.in.flight.requests.per.connection"] = "5",
        ["message.timeout.ms"] = "0", // a record is never dropped: capture stops reading instead
        ["compression.type"] = "zstd",
        ["linger.ms"] = "10", // of capture, what gathers; what comes now and then goes at once
        ["queue.buffering.max.kbytes"] = "32768",
        ["partitioner"] = "murmur2_random", // only for records without an explicit partition; ours all have one
    };

    static readonly Dictionary<string, string> ConsumerDefaults = new()
    {
        ["enable.auto.commit"] = "false",
        ["enable.auto.offset.store"] = "false",
        ["auto.offset.reset"] = "error", // skipping history in silence would be divergence
        ["allow.auto.create.topics"] = "false",
        ["queued.max.messages.kbytes"] = "4096", // values only: librdkafka needs twice as much again for small records
        ["fetch.queue.backoff.ms"] = "5",
        ["fetch.wait.max.ms"] = "100", // a partition just assigned waits until the open fetch ends: so long a table's first change
        ["fetch.max.bytes"] = "2097152", // as compressed: they may be ten times as large in memory
        ["max.partition.fetch.bytes"] = "524288",
    };

    // What correctness rests on: the user may repeat our value, not change it.
    static readonly Dictionary<string, string> Kept = new()
    {
        ["enable.idempotence"] = "true",
        ["acks"] = "all",
        ["message.timeout.ms"] = "0",
        ["enable.auto.commit"] = "false",
        ["enable.auto.offset.store"] = "false",
        ["auto.offset.reset"] = "error",
        ["allow.auto.create.topics"] = "false",
    };

    static readonly HashSet<string> Ours = ["client.id", "group.id", "group.instance.id", "transactional.id"];

    static readonly Dictionary<string, string> Aliases = new()
    {
        ["metadata.broker.list"] = "bootstrap.servers",
        ["request.required.acks"] = "acks",
        ["compression.codec"] = "compression.type",
        ["queue.buffering.max.ms"] = "linger.ms",
        ["max.in.flight"] = "max.in.flight.requests.per.connection",
        ["delivery.timeout.ms"] = "message.timeout.ms",
        ["fetch.message.max.bytes"] = "max.partition.fetch.bytes",
    };

    readonly Dictionary<string, string> common;
    readonly Dictionary<string, string> producer;
    readonly Dictionary<string, string> consumer;

    /// <param name="common">For every client; <c>bootstrap.servers</c> is required.</param>
    /// <param name="producer">For producers alone.</param>
    /// <param name="consumer">For consumers alone.</param>
    /// <exception cref="KafkaSettingsException">A setting is missing, unknown or not the user's to set.</exception>
    public KafkaSettings(
        IReadOnlyDictionary<string, string> common,
        IReadOnlyDictionary<string, string>? producer,
        IReadOnlyDictionary<string, string>? consumer)
    {
        this.common = Merge(CommonDefaults, Canonical(common));
        this.producer = Merge(ProducerDefaults, Canonical(producer ?? new Dictionary<string, string>()));
        this.consumer = Merge(ConsumerDefaults, Canonical(consumer ?? new Dictionary<string, string>()));
        BootstrapServers = this.common.GetValueOrDefault("bootstrap.servers", "");
        if (BootstrapServers.Length == 0)
        {
            throw new KafkaSettingsException("Kafka's address is missing: set bootstrap.servers (host:port, comma between several).");
        }

        Check();
    }

    /// <summary>As the user wrote it: for messages.</summary>
    public string BootstrapServers { get; }

    /// <summary>Takes librdkafka's log lines of the clients that this project opens; they are dropped unless this is set.</summary>
    public Action<LogMessage> Log { get; init; } = _ => { };

    /// <param name="clientId">What broker logs and quotas show; see <see cref="ClientId"/>.</param>
    public ProducerConfig Producer(string clientId) =>
        new(Merge(common, producer)) { ClientId = clientId };

    /// <summary>For assignment by hand. End-of-partition events are off; readers that need them set <c>EnablePartitionEof</c>.</summary>
    public ConsumerConfig Consumer(string clientId, string groupId) =>
        new(Merge(common, consumer)) { ClientId = clientId, GroupId = groupId };

    /// <summary>For readers that commit nothing. librdkafka wants a group: one that the ACL of the cluster's groups covers.</summary>
    public ConsumerConfig Consumer(string clientId) => Consumer(clientId, clientId.Replace('/', '.'));

    /// <summary>The group to which a node commits how far it is, for lag tools to see; no client ever subscribes with it.</summary>
    public static string Group(string cluster, string node) => $"kafkabridge.{cluster}.{node}";

    public AdminClientConfig Admin(string clientId) => new(Merge([], common)) { ClientId = clientId };

    /// <summary>The one form of client ids: <c>kafkabridge/cluster/node/role</c>.</summary>
    public static string ClientId(string cluster, string node, string role) => $"kafkabridge/{cluster}/{node}/{role}";

    public IAdminClient OpenAdmin(string clientId) => OpenAdmin(clientId, new ClientErrors(BootstrapServers));

    internal IAdminClient OpenAdmin(string clientId, ClientErrors errors) =>
        new AdminClientBuilder(Admin(clientId))
            .SetErrorHandler((_, error) => errors.Note(error))
            .SetLogHandler((_, line) => Log(line))
            .Build();

    /// <returns>Why the setting is not the user's to make; null: it is.</returns>
    public static string? Refusal(string name, string value)
    {
        var key = Aliases.GetValueOrDefault(name, name);
        return Ours.Contains(key) ? $"{name} is set by KafkaBridge itself: remove it from the Kafka settings."
            : Kept.TryGetValue(key, out var kept) && value != kept && !(key == "acks" && value == "-1")
                ? $"{name}={value}: KafkaBridge needs {key}={kept}, else changes can be lost; remove it."
            : null;
    }

    static Dictionary<string, string> Canonical(IReadOnlyDictionary<string, string> given)
    {
        var result = new Dictionary<string, string>();
        foreach (var (name, value) in given)
        {
            var key = Aliases.GetValueOrDefault(name, name);
            if (Refusal(name, value) is { } refusal)
            {
                throw new KafkaSettingsException(refusal);
            }

            if (!result.TryAdd(key, value))
            {
                throw new KafkaSettingsException($"{name} and {key} are one setting: keep one of them.");
            }
        }

        return result;
    }

    static Dictionary<string, string> Merge(Dictionary<string, string> first, Dictionary<string, string> second)
    {
        var result = new Dictionary<string, string>(first);
        foreach (var (key, value) in second)
        {
            result[key] = value;
        }

        return result;
    }

    // Every key reaches one of these two; at once, because ending a client takes librdkafka a tenth of a second.
    void Check()
    {
        var producing = Task.Run(() => Try(() =>
            new ProducerBuilder<Null, Null>(WithoutServers(Producer("check"))).SetLogHandler((_, _) => { }).Build()));
        Try(() => new ConsumerBuilder<Null, Null>(WithoutServers(Consumer("check", "check"))).SetLogHandler((_, _) => { }).Build());
        producing.GetAwaiter().GetResult();
    }

    // The same settings with nobody to connect to: the check must not touch the network.
    static T WithoutServers<T>(T config)
        where T : ClientConfig
    {
        config.BootstrapServers = "";
        return config;
    }

    static void Try(Func<IDisposable> build)
    {
        try
        {
            build().Dispose();
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException or KafkaException)
        {
            var reason = error.Message.TrimEnd('.');
            foreach (var (alias, name) in Aliases)
            {
                reason = reason.Replace($"\"{alias}\"", $"\"{name}\" ({alias})", StringComparison.Ordinal);
            }

            throw new KafkaSettingsException($"Kafka client settings: {reason}. The names and values are librdkafka's "
                + $"(CONFIGURATION.md there).");
        }
    }
}
