namespace KafkaBridge.Wire.Tests;

/// <summary>Runs where Apache Avro is at hand.</summary>
public sealed class OracleFactAttribute : FactAttribute
{
    public OracleFactAttribute() => Skip = AvroOracle.IsHere ? null : "shared/avro/avro-oracle is not here";
}
