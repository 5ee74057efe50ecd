using System.Net.Sockets;
using KafkaBridge.Apply.Folding;
using KafkaBridge.Apply.Reading;
using KafkaBridge.Kafka.Registry;
using Npgsql;

namespace KafkaBridge.Apply.Applying;

/// <summary>What to do about a failure: wait and go on from the position rows, or stop the origin until a person has looked.</summary>
enum Verdict { Retry, Stop }

/// <summary>The one place that decides it. Only what is listed here is tried again.</summary>
static class FailurePolicy
{
    /// <summary>
    /// Serialisation, deadlock, lock timeout, object in use (an origin that a dying session still holds), cancelled,
    /// read-only.
    /// </summary>
    static readonly HashSet<string> Retried = ["40001", "40P01", "55P03", "55006", "57014", "25006"];

    public static Verdict Decide(Exception failure) => failure switch
    {
        InputException or UnfitChangeException or UndecidedConflictException or FunctionFailedException => Verdict.Stop,
        PostgresException server => DecideState(server.SqlState),
        NpgsqlException or IOException or SocketException or TimeoutException => Verdict.Retry,
        Confluent.Kafka.KafkaException kafka => kafka.Error.IsFatal ? Verdict.Stop : Verdict.Retry,
        SchemaRegistryException { Code: SchemaRegistryException.SchemaNotFound } => Verdict.Stop,
        SchemaRegistryException or PositionMovedException or CommitTimesLostException or CopyFailedException => Verdict.Retry,
        _ => Verdict.Stop,
    };

    /// <summary>Server shut down or starting (57P), connection (08), out of resources (53), and the ones above.</summary>
    public static Verdict DecideState(string state) =>
        Retried.Contains(state)
        || state.StartsWith("57P", StringComparison.Ordinal)
        || state.StartsWith("08", StringComparison.Ordinal)
        || state.StartsWith("53", StringComparison.Ordinal)
            ? Verdict.Retry
            : Verdict.Stop;

    /// <summary>A user wrote a unique value at the moment when the applier, having looked, wrote it too. The next look finds it.</summary>
    public static bool MayBeRace(Exception failure) =>
        failure is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ExclusionViolation };

    /// <summary>The failure in one sentence or two, without any row's values.</summary>
    public static string Describe(Exception failure) => failure switch
    {
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } server =>
            $"table {server.SchemaName}.{server.TableName}: a row here already has a value that constraint {server.ConstraintName} "
            + "keeps unique. Change or delete one of the two rows here",
        PostgresException server =>
            $"PostgreSQL says: {server.MessageText} (SQLSTATE {server.SqlState}{Place(server)}). Correct it here",
        _ => failure.Message.TrimEnd('.'),
    };

    static string Place(PostgresException server) => server.TableName is { Length: > 0 } table
        ? $", table {server.SchemaName}.{table}" + (server.ColumnName is { Length: > 0 } column ? $", column {column}" : "")
        : "";
}
