using Confluent.Kafka;

namespace KafkaBridge.Kafka;

/// <summary>Kafka's errors as sentences that name the place: cluster address, or topic, partition and offset.</summary>
public static class KafkaFailure
{
    /// <summary>
    /// No broker answers in time. The code is Local_Authentication or Local_Ssl where that was the last word heard, else
    /// Local_AllBrokersDown, whatever librdkafka called it.
    /// </summary>
    public static KafkaException Unreachable(string bootstrapServers, Error reason, Exception? cause) => reason.Code switch
    {
        ErrorCode.Local_Authentication or ErrorCode.Local_Ssl => Unreachable(reason.Code, bootstrapServers, reason, cause),
        _ => Unreachable(ErrorCode.Local_AllBrokersDown, bootstrapServers, reason, cause),
    };

    static KafkaException Unreachable(ErrorCode code, string bootstrapServers, Error reason, Exception? cause) =>
        new(new Error(code, $"Kafka at {bootstrapServers} does not answer: {reason.Reason.TrimEnd('.')}."), cause);

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
