using System.Text.Json;
using System.Text.Json.Serialization;

namespace KafkaBridge.Apply.Folding;

/// <summary>A key's values, or a row's by their columns' names, as JSON.</summary>
[JsonSerializable(typeof(string?[]), TypeInfoPropertyName = "StringArray")]
[JsonSerializable(typeof(Dictionary<string, string?>), TypeInfoPropertyName = "Row")]
sealed partial class KeyJson : JsonSerializerContext
{
    /// <param name="longest">Of a value, in characters; what is longer is cut.</param>
    public static string Text(IReadOnlyList<string> names, string?[] values, int longest) => JsonSerializer.Serialize(
        names.Zip(values, (name, value) => (name, value)).ToDictionary(
            pair => pair.name, pair => pair.value?.Length > longest ? pair.value[..longest] : pair.value),
        Default.Row);
}
