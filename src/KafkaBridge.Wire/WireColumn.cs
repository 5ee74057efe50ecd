namespace KafkaBridge.Wire;

/// <param name="Name">PostgreSQL's own, not the Avro field's.</param>
/// <param name="TypeName">As the writer's format_type gave it.</param>
public sealed record WireColumn(string Name, string TypeName, bool IsKey);
