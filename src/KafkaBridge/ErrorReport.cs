using Confluent.Kafka;
using KafkaBridge.Kafka;
using KafkaBridge.Kafka.Nodes;
using KafkaBridge.Kafka.Registry;
using KafkaBridge.Kafka.Topics;
using KafkaBridge.Options;
using KafkaBridge.Postgres;
using KafkaBridge.Wire;
using Npgsql;

namespace KafkaBridge;

/// <summary>
/// What the user reads when a command fails: <c>error KB1042: what / where / why / try: …</c>. The one place that
/// maps exceptions to exit codes.
/// </summary>
internal sealed record ErrorReport(int ExitCode, string Code, string What, string? Where, string? Why, string? Try)
{
    /// <summary>Under this key an exception carries the place it happened at.</summary>
    const string WhereKey = "kafkabridge.where";

    public static void SetWhere(Exception exception, string where)
    {
        if (!exception.Data.Contains(WhereKey))
        {
            exception.Data[WhereKey] = where;
        }
    }

    public static ErrorReport Of(Exception exception)
    {
        if (exception is AggregateException { InnerExceptions.Count: > 0 } aggregate)
        {
            return Of(aggregate.InnerExceptions[0]);
        }

        var where = exception.Data[WhereKey] as string;
        return exception switch
        {
            StoppedException stopped => new(
                stopped.ExitCode, stopped.Code, stopped.Message, stopped.Where ?? where, stopped.Why, stopped.Try),
            ConfigurationException configuration => new(KafkaBridge.ExitCode.Usage, "KB1001", configuration.Message, null, null, null),
            PostgresException postgres => OfPostgres(postgres, where),
            NpgsqlException npgsql => new(
                KafkaBridge.ExitCode.PostgresUnreachable, "KB1040", "PostgreSQL can't be reached", where, Innermost(npgsql),
                "check the address (nodes: … dsn) and that the server accepts connections"),
            KafkaException kafka => OfKafka(kafka, where),
            KafkaSettingsException settings => new(KafkaBridge.ExitCode.Usage, "KB1001", settings.Message, where, null, null),
            MembershipException membership => new(
                KafkaBridge.ExitCode.Precondition, "KB1021", "the cluster's log says something else", where, membership.Message, null),
            TopicsRefusedException topics => new(
                KafkaBridge.ExitCode.Precondition, "KB1053", "topics differ in a way that only a person can mend", where, topics.Message,
                "kafkabridge topic plan"),
            Capture.CaptureRefusedException refused => new(
                KafkaBridge.ExitCode.Precondition, "KB1025", "capture refuses to go on: changes would be lost or repeated in silence",
                where, refused.Message, null),
            SlotInUseException slot => new(
                KafkaBridge.ExitCode.Precondition, "KB1044", "another bridge runs for the node", where, slot.Message,
                "stop the other bridge"),
            SchemaRegistryException registry => new(
                registry.Code == 0 ? KafkaBridge.ExitCode.RegistryUnreachable : KafkaBridge.ExitCode.Failed, "KB1061",
                "the schema registry fails", where, registry.Message, "check 'registry' in the configuration"),
            InvalidOperationException { TargetSite.DeclaringType.Namespace: "KafkaBridge.Postgres" } refused => new(
                KafkaBridge.ExitCode.Precondition, "KB1018", refused.Message, where, null, null),
            HttpRequestException http => new(
                KafkaBridge.ExitCode.RegistryUnreachable, "KB1060", "the schema registry can't be reached", where, http.Message,
                "check 'registry' in the configuration"),
            WireException wire => new(
                KafkaBridge.ExitCode.Precondition, "KB1070", "a record in a topic is not one of ours", where, wire.Message,
                "kafkabridge topic plan"),
            OperationCanceledException => new(KafkaBridge.ExitCode.Interrupted, "KB1130", "interrupted", where, null, null),
            _ => new(
                KafkaBridge.ExitCode.OurBug, "KB1700", $"unexpected {exception.GetType().Name}: {exception.Message}", where,
                exception.StackTrace, "report this with the command and its output"),
        };
    }

    static ErrorReport OfPostgres(PostgresException exception, string? where)
    {
        var said = $"{exception.SqlState}: {exception.MessageText}";
        return exception.SqlState switch
        {
            PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => new(
                KafkaBridge.ExitCode.PostgresUnreachable, "KB1041", "PostgreSQL refuses the log-in", where, said,
                "set password_file for the node, PGPASSWORD or ~/.pgpass, and check pg_hba.conf"),
            PostgresErrorCodes.InvalidCatalogName => new(
                KafkaBridge.ExitCode.PostgresUnreachable, "KB1042", "the database does not exist", where, said,
                "check the database's name in the node's dsn"),
            PostgresErrorCodes.InsufficientPrivilege => new(
                KafkaBridge.ExitCode.Precondition, "KB1043", "the role lacks a right", where, said,
                "kafkabridge check --role-sql prints the statements that give it"),
            PostgresErrorCodes.ObjectInUse => new(
                KafkaBridge.ExitCode.Precondition, "KB1044", "the slot is in use: another bridge runs for this node", where, said,
                "stop the other bridge"),
            PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.UndefinedTable => new(
                KafkaBridge.ExitCode.Precondition, "KB1045", "something of kafkabridge is missing in the database", where, said,
                "kafkabridge apply --yes"),
            PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.AdminShutdown => new(
                KafkaBridge.ExitCode.PostgresUnreachable, "KB1040", "PostgreSQL can't be reached", where, said,
                "wait and run the command again"),
            _ => new(KafkaBridge.ExitCode.Failed, "KB1049", "PostgreSQL refused a statement", where, said, exception.Hint),
        };
    }

    static ErrorReport OfKafka(KafkaException exception, string? where) => exception.Error.Code switch
    {
        Confluent.Kafka.ErrorCode.TopicAuthorizationFailed
            or Confluent.Kafka.ErrorCode.ClusterAuthorizationFailed
            or Confluent.Kafka.ErrorCode.GroupAuthorizationFailed => new(
            KafkaBridge.ExitCode.Precondition, "KB1052", "Kafka refuses: the principal lacks a right", where, exception.Error.Reason,
            "kafkabridge check --acls prints the commands that give it"),
        Confluent.Kafka.ErrorCode.UnknownTopicOrPart
            or Confluent.Kafka.ErrorCode.Local_UnknownTopic
            or Confluent.Kafka.ErrorCode.Local_UnknownPartition => new(
            KafkaBridge.ExitCode.Precondition, "KB1051", "a topic is missing", where, exception.Error.Reason,
            "kafkabridge apply --yes makes the cluster's topics"),
        Confluent.Kafka.ErrorCode.Local_Authentication => new(
            KafkaBridge.ExitCode.KafkaUnreachable, "KB1054", "Kafka refuses the log-in", where, exception.Error.Reason,
            "check sasl.mechanism, sasl.username and sasl.password (or sasl.password.file) under 'kafka'"),
        _ => new(
            KafkaBridge.ExitCode.KafkaUnreachable, "KB1050", "Kafka can't be reached", where, exception.Error.Reason,
            "check 'kafka: bootstrap.servers' and that the broker runs"),
    };

    static string Innermost(Exception exception)
    {
        var inner = exception;
        while (inner.InnerException is not null)
        {
            inner = inner.InnerException;
        }

        return ReferenceEquals(inner, exception) ? exception.Message : $"{exception.Message} ({inner.Message})";
    }

    /// <summary>One thought a line, without secrets.</summary>
    public string ToText(Redaction redaction)
    {
        var lines = new List<string> { $"error {Code}: {What}" };
        if (Where is not null)
        {
            lines.Add("  where: " + Where);
        }

        if (Why is not null)
        {
            lines.Add("  why: " + Why);
        }

        if (Try is not null)
        {
            lines.Add("  try: " + Try);
        }

        return redaction.Apply(string.Join('\n', lines));
    }
}
