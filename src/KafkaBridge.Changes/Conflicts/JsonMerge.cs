using System.Text.Json.Nodes;

namespace KafkaBridge.Changes.Conflicts;

/// <summary>Three-way merge of JSON: objects member by member, everything else whole; where both changed, the later stands.</summary>
public static class JsonMerge
{
    /// <param name="old">What the later write began from.</param>
    /// <param name="present">What stands.</param>
    /// <param name="later">What the later write made of it.</param>
    public static string Merge(string old, string present, string later) =>
        Merge(JsonNode.Parse(old), JsonNode.Parse(present), JsonNode.Parse(later))?.ToJsonString() ?? "null";

    static JsonNode? Merge(JsonNode? old, JsonNode? present, JsonNode? later)
    {
        if (JsonNode.DeepEquals(old, later) || JsonNode.DeepEquals(present, later))
        {
            return present?.DeepClone();
        }

        if (old is not JsonObject before || present is not JsonObject mine || later is not JsonObject theirs)
        {
            return later?.DeepClone();
        }

        var merged = new JsonObject();
        foreach (var name in mine.Select(member => member.Key).Union(theirs.Select(member => member.Key)).Order(StringComparer.Ordinal))
        {
            // A member that is not there differs from one that is null.
            var changed = before.ContainsKey(name) != theirs.ContainsKey(name) || !JsonNode.DeepEquals(before[name], theirs[name]);
            if ((changed ? theirs : mine).ContainsKey(name))
            {
                merged[name] = changed && before.ContainsKey(name) && mine.ContainsKey(name)
                    ? Merge(before[name], mine[name], theirs[name])
                    : (changed ? theirs : mine)[name]?.DeepClone();
            }
        }

        return merged;
    }
}
