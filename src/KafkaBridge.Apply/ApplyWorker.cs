using KafkaBridge.Changes;
using KafkaBridge.Kafka;
using KafkaBridge.Wire;
using Microsoft.Extensions.Logging;

namespace KafkaBridge.Apply;

/// <summary>Applies every other node's transactions, and this node's own deletes, to this node's database.</summary>
public sealed class ApplyWorker(
    ApplyOptions options, KafkaSettings kafka, TopicNames topics, ISchemaRegistry schemas, SelfProgress self, ILogger log)
{
    public ApplyStatus Status { get; } = ApplyStatus.Empty;

    public Task RunAsync(CancellationToken ct) => Task.FromException(new NotImplementedException($"{options}{kafka}{topics}{schemas}{self}{log}{ct}"));
}
