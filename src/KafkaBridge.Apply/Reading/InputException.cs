using Confluent.Kafka;
using KafkaBridge.Changes;

namespace KafkaBridge.Apply.Reading;

/// <summary>
/// The log of one origin can't be read on: a foreign or truncated record, a gap, a checksum. That origin stops; the
/// message says where.
/// </summary>
public sealed class InputException : Exception
{
    public InputException(string message)
        : base(message)
    {
    }

    public InputException(string message, Exception? inner)
        : base(message, inner)
    {
    }

    /// <summary>The record at fault, where it is none of the origin's own: leaving it out loses nothing.</summary>
    public RecordPlace? Foreign { get; init; }

    /// <summary>A partition that the broker does not let us read on from where this node stands.</summary>
    public static InputException Unreadable(ConsumeException failure) => new(
        $"{failure.ConsumerRecord!.TopicPartitionOffset} can't be read: {failure.Error.Reason.TrimEnd('.')}. " + (failure.Error.Code switch
        {
            ErrorCode.Local_AutoOffsetReset or ErrorCode.OffsetOutOfRange =>
                "The log no longer holds what this node has not applied yet",
            ErrorCode.TopicAuthorizationFailed =>
                "Give the principal the right to read it (kafkabridge check --acls prints the commands)",
            _ => "Mend the topic",
        }), failure);
}
