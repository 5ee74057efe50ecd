using Confluent.Kafka;

namespace KafkaBridge.Kafka;

/// <summary>The last error that a client's connections reported: why a broker did not answer is only told there.</summary>
sealed class ClientErrors(string bootstrapServers)
{
    readonly TaskCompletionSource refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource allDown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    volatile Error? last;

    /// <summary>Completes when every broker has refused the log-in or TLS: to ask again would only lock an account.</summary>
    public Task Refused => refused.Task;

    /// <summary>Completes when no broker that is known could be connected to.</summary>
    public Task AllDown => allDown.Task;

    public void Note(Error error)
    {
        if (error.Code == ErrorCode.Local_AllBrokersDown)
        {
            allDown.TrySetResult();
        }

        // "all brokers down" only repeats what the errors before it explained
        if (error.Code != ErrorCode.Local_AllBrokersDown || last is null)
        {
            last = error;
        }
        else if (last.Code is ErrorCode.Local_Authentication or ErrorCode.Local_Ssl)
        {
            refused.TrySetResult();
        }
    }

    /// <summary>Names the address and the true reason where the error is about reaching Kafka; any other stays as it is.</summary>
    public KafkaException Explain(KafkaException error) =>
        KafkaFailure.IsUnreachable(error.Error) ? Unreachable(error.Error, error) : error;

    /// <summary>As <see cref="Explain"/>, of an error that no exception told.</summary>
    public KafkaException Unreachable(Error error, Exception? cause) =>
        KafkaFailure.Unreachable(bootstrapServers, last ?? error, cause);
}
