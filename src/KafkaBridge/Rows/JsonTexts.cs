using System.Text.Encodings.Web;
using System.Text.Json;

namespace KafkaBridge.Rows;

/// <summary>JSON for people's eyes: no escapes that a terminal doesn't need.</summary>
internal static class ReadableJson
{
    public static readonly JsonSerializerOptions Line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}

/// <summary>A JSON object's members as the texts that PostgreSQL reads: a string's content, else the JSON itself.</summary>
internal static class JsonTexts
{
    /// <summary>A null is null; of two members of one name the later counts.</summary>
    /// <exception cref="JsonException">No JSON object.</exception>
    public static Dictionary<string, string?> Parse(string json)
    {
        using var parsed = JsonDocument.Parse(json);
        if (parsed.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("It is no object.");
        }

        var texts = new Dictionary<string, string?>();
        foreach (var member in parsed.RootElement.EnumerateObject())
        {
            texts[member.Name] = Of(member.Value);
        }

        return texts;
    }

    static string? Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        _ => value.GetRawText(),
    };
}
