namespace KafkaBridge.Wire.Avro;

/// <param name="Default">As JSON; absent is not the same as null.</param>
sealed record AvroField(string Name, AvroSchema Type, AvroDefault? Default = null);
