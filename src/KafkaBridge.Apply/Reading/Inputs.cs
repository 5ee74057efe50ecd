using Confluent.Kafka;
using KafkaBridge.Changes;
using KafkaBridge.Kafka;
using KafkaBridge.Kafka.Registry;
using KafkaBridge.Postgres;
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
    readonly LeftOut leftOut = new();
    readonly CancellationTokenSource stopping = new();
    readonly List<Task> running = [];

    public Inputs(
        ApplyOptions options, KafkaSettings settings, TopicNames topics, ISchemaRegistry registry, Action<Error> notCommitted)
    {
        this.options = options;
        this.topics = topics;
        var (client, group) = ($"kafkabridge/{options.Cluster}/{options.Node}/", KafkaSettings.Group(options.Cluster, options.Node));
        spine = new SpineReader(settings, topics, options.PerNode, client + "apply-spine", group, leftOut, notCommitted);
        data = new DataReader(settings, client + "apply-data", group, leftOut, notCommitted);
        changes = new ChangeReader(registry);
    }

    /// <summary>Begins to read one origin after what is applied of it already.</summary>
    /// <param name="orders">What of it is to be left out.</param>
    /// <param name="versionsBefore">Of the node itself all is read that commits before this.</param>
    public OriginReader Add(int origin, OriginProgress progress, IEnumerable<SkipOrder> orders, Lsn versionsBefore)
    {
        leftOut.Add(orders);
        var reader = new OriginReader(
            origin,
            origin == options.NodeNumber,
            progress.Position,
            spine.Add(origin, progress.SpineOffset),
            new TransactionReader(data, changes, topics.Chunks),
            leftOut,
            versionsBefore);
        running.Add(Task.Run(() => reader.RunAsync(stopping.Token)));
        return reader;
    }

    /// <summary>
    /// For lag tools: another node's transaction is applied, and with it its spine record if that is whole. The node's own
    /// are nobody's lag.
    /// </summary>
    internal void Applied(int origin, SpineTransaction? transaction, long spineOffset, bool isWhole)
    {
        if (origin == options.NodeNumber)
        {
            return;
        }

        if (transaction is not null)
        {
            data.Applied(transaction);
        }

        spine.Applied(origin, isWhole ? spineOffset + 1 : spineOffset);
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
