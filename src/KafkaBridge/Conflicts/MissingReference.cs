using System.Text.Json;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.Conflicts;

/// <summary>What a row's foreign key refers to, and is not there.</summary>
/// <param name="Key">The values that the row refers to, as JSON.</param>
/// <param name="By">What became of it: d, deleted; t, truncated; o, changed; w, written, and another write of its row won.</param>
internal sealed record MissingReference(string Constraint, string Table, string Key, string By)
{
    public static MissingReference Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        return new MissingReference(
            root.GetProperty("constraint").GetString()!, root.GetProperty("references").GetString()!, root.GetProperty("key").GetRawText(),
            root.GetProperty("by").GetString()!);
    }

    /// <summary>The rest of a sentence that begins with the row: who took what, who wrote the row, and what becomes of it.</summary>
    public string Describe(ConflictSide other, ConflictSide wrote, string rule, Func<int, string> name)
    {
        var did = By switch { "t" => "truncated", "o" => "changed", "w" => "wrote", _ => "deleted" };
        var took = $"{other.Describe(name(other.Writer))} {did}";
        var writer = wrote.Writer < 0 ? "it was there before replication began" : $"{wrote.Describe(name(wrote.Writer))} wrote it";
        var fate = rule == ForeignKeyRule.DeleteChild.Name() ? "the row is deleted"
            : rule == ForeignKeyRule.RestoreParent.Name() ? $"what was deleted of {Table} is restored"
            : "both stay as they are";
        var referenced = $"what its foreign key {Constraint} refers to, {Table} {Key}";
        return By == "w"
            ? $"{writer}, and {took} {referenced}, but another write of that row won; by the rule {rule} {fate}"
            : $"{writer}, and {took} {referenced}, without knowing of each other; by the rule {rule} {fate}";
    }
}
