using Confluent.Kafka;

namespace KafkaBridge.Kafka;

/// <summary>Kafka's errors as sentences that name the place: cluster address, or topic, partition and offset.</summary>
public static class KafkaFailure
{
    /// <summary>No broker answers in time; the code is Local_AllBrokersDown whatever librdkafka called it.</summary>
    public static KafkaException Unreachable(string bootstrapServers, string reason, Exception? cause) =>
        new(new Error(ErrorCode.Local_AllBrokersDown, $"Kafka at {bootstrapServers} does not answer: {reason.TrimEnd('.')}."), cause);

    /// <summary>A record that the brokers did not acknowledge.</summary>
    public static KafkaException NotDelivered(TopicPartition place, Error error, Exception? cause) =>
        new(new Error(error.Code, $"{At(place)}: the record was not written: {error.Reason.TrimEnd('.')} "
            + $"({error.Code}).", error.IsFatal), cause);

    public static KafkaException NotRead(TopicPartitionOffset place, Error error, Exception? cause) =>
        new(new Error(error.Code, $"{At(place.TopicPartition)} offset {place.Offset}: can't be read: {error.Reason.TrimEnd('.')} "
            + $"({error.Code}).", error.IsFatal), cause);

    /// <summary>Whether the error says that no broker could be asked at all, or none answered in time.</summary>
    public static bool IsUnreachable(Error error) =>
        error.Code is ErrorCode.Local_AllBrokersDown or ErrorCode.Local_Transport or ErrorCode.Local_TimedOut
            or ErrorCode.Local_TimedOutQueue or ErrorCode.Local_MsgTimedOut
            or ErrorCode.Local_Resolve or ErrorCode.Local_Authentication or ErrorCode.Local_Ssl;

    static string At(TopicPartition place) => $"{place.Topic}/{place.Partition.Value}";
}
