using System.Text.Json;
using System.Text.Json.Serialization;

namespace KafkaBridge.Kafka.Registry;

/// <summary>Writes JSON without white space.</summary>
[JsonSerializable(typeof(JsonElement))]
sealed partial class SchemaTableJson : JsonSerializerContext;
