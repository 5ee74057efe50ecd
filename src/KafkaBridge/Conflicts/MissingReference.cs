using System.Text.Json;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.Conflicts;

/// <summary>What a row's foreign key refers to, and is not there.</summary>
/// <param name="Key">The values that the row refers to, as JSON.</param>
internal sealed record MissingReference(string Constraint, string Table, string Key)
{
    public static MissingReference Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        return new MissingReference(
            root.GetProperty("constraint").GetString()!, root.GetProperty("references").GetString()!, root.GetProperty("key").GetRawText());
    }

    /// <summary>The rest of a sentence that begins with the row: who deleted what, who wrote the row, and what becomes of it.</summary>
    public string Describe(ConflictSide deleted, ConflictSide wrote, string rule, Func<int, string> name)
    {
        var writer = wrote.Writer < 0 ? "it was there before replication began" : $"{wrote.Describe(name(wrote.Writer))} wrote it";
        var fate = rule == ForeignKeyRule.DeleteChild.Name() ? "the row is deleted"
            : rule == ForeignKeyRule.RestoreParent.Name() ? $"what was deleted of {Table} is restored"
            : "both stay as they are";
        return $"{writer}, and {deleted.Describe(name(deleted.Writer))} deleted what its foreign key {Constraint} refers to, "
            + $"{Table} {Key}, without knowing of each other; by the rule {rule} {fate}";
    }
}
