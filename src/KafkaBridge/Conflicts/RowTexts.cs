using System.Text.Json;
using KafkaBridge.Rows;

namespace KafkaBridge.Conflicts;

/// <summary>A row as the history keeps it: each column's text, null where the column is NULL.</summary>
internal static class RowTexts
{
    /// <exception cref="JsonException">No JSON object.</exception>
    public static Dictionary<string, string?> Parse(string json)
    {
        using var parsed = JsonDocument.Parse(json);
        return parsed.RootElement.ValueKind == JsonValueKind.Object
            ? parsed.RootElement.EnumerateObject().ToDictionary(member => member.Name, member => JsonTexts.Of(member.Value))
            : throw new JsonException("It is no object.");
    }

    /// <summary>Whether the row in the table is the one that was noted.</summary>
    /// <param name="noted">Null: there was none.</param>
    /// <param name="isCut">Long values were noted cut.</param>
    public static bool IsStill(IReadOnlyDictionary<string, string?>? present, IReadOnlyDictionary<string, string?>? noted, bool isCut) =>
        present is null || noted is null
            ? present is null && noted is null
            : noted.All(column => !present.TryGetValue(column.Key, out var value) || value == column.Value
                || (isCut && value is not null && column.Value is not null && value.StartsWith(column.Value, StringComparison.Ordinal)));
}
