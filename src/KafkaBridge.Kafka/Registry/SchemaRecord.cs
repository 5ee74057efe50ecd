using System.Buffers;
using System.Text.Json;

namespace KafkaBridge.Kafka.Registry;

/// <summary>One schema version as Confluent's registry keeps it in its log: a JSON key and a JSON value.</summary>
sealed record SchemaRecord(string Subject, int Version, int Id, string Schema, bool Deleted)
{
    public byte[] Key()
    {
        var output = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(output);
        writer.WriteStartObject();
        writer.WriteString("keytype", "SCHEMA");
        writer.WriteString("subject", Subject);
        writer.WriteNumber("version", Version);
        writer.WriteNumber("magic", 1);
        writer.WriteEndObject();
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    public byte[] Value()
    {
        var output = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(output);
        writer.WriteStartObject();
        writer.WriteString("subject", Subject);
        writer.WriteNumber("version", Version);
        writer.WriteNumber("id", Id);
        writer.WriteString("schema", Schema);
        writer.WriteBoolean("deleted", Deleted);
        writer.WriteEndObject();
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Null for the registry's other records (configuration, modes, no-ops) and for a removed version.</summary>
    /// <exception cref="FormatException">Not a record of a registry.</exception>
    public static SchemaRecord? Parse(byte[]? key, byte[]? value)
    {
        try
        {
            using var keyJson = JsonDocument.Parse(key);
            if (keyJson.RootElement.GetProperty("keytype").GetString() != "SCHEMA" || value is null)
            {
                return null;
            }

            using var json = JsonDocument.Parse(value);
            var root = json.RootElement;
            return new SchemaRecord(
                root.GetProperty("subject").GetString() ?? throw new FormatException("the subject is null"),
                root.GetProperty("version").GetInt32(),
                root.GetProperty("id").GetInt32(),
                root.GetProperty("schema").GetString() ?? throw new FormatException("the schema is null"),
                root.TryGetProperty("deleted", out var deleted) && deleted.GetBoolean());
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException
            or FormatException or ArgumentNullException)
        {
            throw new FormatException("not a record of a schema registry: " + error.Message, error);
        }
    }
}
