namespace KafkaBridge.Kafka.Registry;

/// <summary>A refusal by a schema registry, with Confluent's error code (40403: no such schema), or 0 where it can't be reached.</summary>
public sealed class SchemaRegistryException(int code, string message, Exception? cause) : Exception(message, cause)
{
    /// <summary>It does not answer, or not as a registry: no refusal.</summary>
    public const int Unreachable = 0;

    public const int SubjectNotFound = 40401;
    public const int VersionNotFound = 40402;
    public const int SchemaNotFound = 40403;
    public const int InvalidSchema = 42201;
    public const int InvalidVersion = 42202;
    public const int InvalidLevel = 42203;
    public const int NotPermitted = 42205;

    public SchemaRegistryException(int code, string message)
        : this(code, message, null)
    {
    }

    public int Code { get; } = code;
}
