namespace KafkaBridge.Kafka.Registry;

/// <summary>What an HTTP request to the registry is answered: a JSON body of <see cref="MediaType"/>.</summary>
public sealed record RegistryAnswer(int StatusCode, string Body)
{
    public const string MediaType = "application/vnd.schemaregistry.v1+json";
}
