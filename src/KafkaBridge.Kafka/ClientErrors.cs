using Confluent.Kafka;

namespace KafkaBridge.Kafka;

/// <summary>The last error that a client's connections reported: why a broker did not answer is only told there.</summary>
sealed class ClientErrors(string bootstrapServers)
{
    volatile Error? last;

    public void Note(Error error)
    {
        // "all brokers down" only repeats what the errors before it explained
        if (error.Code != ErrorCode.Local_AllBrokersDown || last is null)
        {
            last = error;
        }
    }

    /// <summary>Names the address and the true reason where the error is about reaching Kafka; any other stays as it is.</summary>
    public KafkaException Explain(KafkaException error) =>
        KafkaFailure.IsUnreachable(error.Error)
            ? KafkaFailure.Unreachable(bootstrapServers, last?.Reason ?? error.Error.Reason, error)
            : error;
}
