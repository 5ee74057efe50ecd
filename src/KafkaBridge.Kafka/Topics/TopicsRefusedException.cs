namespace KafkaBridge.Kafka.Topics;

/// <summary>Topics that differ in a way only a person can mend.</summary>
public sealed class TopicsRefusedException(IReadOnlyList<TopicDifference> differences)
    : Exception(string.Join('\n', differences.Select(difference => difference.Sentence)))
{
    public IReadOnlyList<TopicDifference> Differences { get; } = differences;
}
