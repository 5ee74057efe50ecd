using System.Text.Encodings.Web;
using System.Text.Json;

namespace KafkaBridge.Rows;

/// <summary>JSON for people's eyes: no escapes that a terminal doesn't need.</summary>
internal static class ReadableJson
{
    public static readonly JsonSerializerOptions Line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}

/// <summary>A JSON member as the text that PostgreSQL reads: a string's content, else the JSON itself.</summary>
internal static class JsonTexts
{
    /// <returns>Null: the member is null.</returns>
    public static string? Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        _ => value.GetRawText(),
    };
}
