using System.Text.Json.Serialization;

namespace KafkaBridge.Apply.Folding;

/// <summary>A key's values, or a row's by their columns' names, as JSON.</summary>
[JsonSerializable(typeof(string?[]), TypeInfoPropertyName = "StringArray")]
[JsonSerializable(typeof(Dictionary<string, string?>), TypeInfoPropertyName = "Row")]
sealed partial class KeyJson : JsonSerializerContext;
