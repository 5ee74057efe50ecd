namespace KafkaBridge.Kafka.Topics;

public enum TopicDifferenceKind { Missing, TooFewPartitions, Settings, Refused }

/// <summary>How one topic of the cluster differs from the wanted one, as a sentence for a person.</summary>
/// <param name="Settings">For <see cref="TopicDifferenceKind.Settings"/>: those to change, with the wanted values.</param>
public sealed record TopicDifference(
    TopicSpec Topic,
    TopicDifferenceKind Kind,
    string Sentence,
    IReadOnlyDictionary<string, string> Settings)
{
    /// <summary>A refused one needs a person; the sentence says what to type.</summary>
    public bool CanBeApplied => Kind != TopicDifferenceKind.Refused;
}
