using Confluent.Kafka;
using KafkaBridge.Kafka.Registry;
using KafkaBridge.Postgres;
using Npgsql;

namespace KafkaBridge.Capture;

/// <summary>How long to wait before the next session; null for what a new session would only meet again.</summary>
sealed class RetryDelay
{
    static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    /// <summary>After a broken connection the server needs a moment to see that the slot's old reader is gone.</summary>
    static readonly TimeSpan SlotPatience = TimeSpan.FromSeconds(5);

    TimeSpan next = First;
    TimeSpan waitedForSlot;

    public void Reset()
    {
        next = First;
        waitedForSlot = TimeSpan.Zero;
    }

    public TimeSpan? Next(Exception error)
    {
        if (error is SlotInUseException)
        {
            if (waitedForSlot >= SlotPatience)
            {
                return null;
            }

            waitedForSlot += First;
            return First;
        }

        if (!IsTransient(error))
        {
            return null;
        }

        var delay = next;
        next = next * 2 < Longest ? next * 2 : Longest;
        return delay;
    }

    /// <summary>
    /// Listed, not guessed: connections, a server that restarts, too many connections, a registry or a Kafka that
    /// is away, a fatal producer.
    /// </summary>
    static bool IsTransient(Exception error) => error switch
    {
        PostgresException postgres => postgres.SqlState is "57P01" or "57P02" or "57P03" or "57P05" or "53300"
            || postgres.SqlState.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException or IOException or TimeoutException => true,
        SchemaRegistryException registry => registry.Code == SchemaRegistryException.Unreachable,
        KafkaException kafka => kafka.Error.IsFatal || kafka.Error.IsLocalError
            || kafka.Error.Code is ErrorCode.LeaderNotAvailable or ErrorCode.NotLeaderForPartition or ErrorCode.NotEnoughReplicas
                or ErrorCode.RequestTimedOut or ErrorCode.BrokerNotAvailable or ErrorCode.KafkaStorageError,
        _ => false,
    };
}
