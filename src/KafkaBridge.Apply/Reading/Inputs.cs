using KafkaBridge.Changes;
using KafkaBridge.Kafka;
using KafkaBridge.Kafka.Registry;
using KafkaBridge.Wire;

namespace KafkaBridge.Apply.Reading;

/// <summary>
/// How far one origin has been applied here: its last whole transaction, and the spine record that names it (null:
/// none yet).
/// </summary>
public readonly record struct OriginProgress(TransactionPosition Position, long? SpineOffset);

/// <summary>The readers of all origins of one node, over two consumers: the spine's and the data's.</summary>
public sealed class Inputs : IAsyncDisposable
{
    readonly ApplyOptions options;
    readonly TopicNames topics;
    readonly SpineReader spine;
    readonly DataReader data;
    readonly ChangeReader changes;
    readonly CancellationTokenSource stopping = new();
    readonly List<Task> running = [];

    public Inputs(ApplyOptions options, KafkaSettings settings, TopicNames topics, ISchemaRegistry registry)
    {
        this.options = options;
        this.topics = topics;
        var (client, group) = ($"kafkabridge/{options.Cluster}/{options.Node}/", $"kafkabridge.{options.Cluster}.{options.Node}");
        spine = new SpineReader(settings, topics, options.PerNode, client + "apply-spine", group);
        data = new DataReader(settings, client + "apply-data", group);
        changes = new ChangeReader(registry);
    }

    /// <summary>Begins to read one origin after what is applied of it already.</summary>
    public OriginReader Add(int origin, OriginProgress progress)
    {
        var reader = new OriginReader(
            origin,
            origin == options.NodeNumber,
            progress.Position,
            spine.Add(origin, progress.SpineOffset),
            new TransactionReader(data, changes, topics.Chunks));
        running.Add(Task.Run(() => reader.RunAsync(stopping.Token)));
        return reader;
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAll(running);
        spine.Dispose();
        data.Dispose();
        stopping.Dispose();
    }
}
