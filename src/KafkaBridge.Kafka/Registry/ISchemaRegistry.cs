namespace KafkaBridge.Kafka.Registry;

/// <summary>Where Avro schemas get their ids. An id means the same schema for ever, for every reader of the cluster.</summary>
public interface ISchemaRegistry : IAsyncDisposable
{
    /// <summary>The schema's id under this subject; registers it when it isn't there yet. Calling again gives the same id.</summary>
    /// <exception cref="SchemaRegistryException">The registry refuses it, or can't be reached.</exception>
    ValueTask<int> RegisterAsync(string subject, string schema, CancellationToken ct);

    /// <summary>The schema of an id.</summary>
    /// <exception cref="SchemaRegistryException">No schema has this id, or the registry can't be reached.</exception>
    ValueTask<string> GetAsync(int id, CancellationToken ct);
}
