using KafkaBridge.Changes;

namespace KafkaBridge.Wire;

public sealed class TableSchema
{
    public required Relation Relation { get; init; }
    public required string Topic { get; init; }
    public required string? KeySchema { get; init; }
    public required string ValueSchema { get; init; }

    public static TableSchema For(string topic, Relation relation) => throw new NotImplementedException();
}
