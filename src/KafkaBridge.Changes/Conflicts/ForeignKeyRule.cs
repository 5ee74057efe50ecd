namespace KafkaBridge.Changes.Conflicts;

/// <summary>What becomes of a row that refers to one which is gone. The rule is of the table that refers.</summary>
public enum ForeignKeyRule
{
    /// <summary>It stands in the history, and stays.</summary>
    Report,

    /// <summary>What it refers to is inserted again, as it was when it was deleted.</summary>
    RestoreParent,

    /// <summary>It is deleted.</summary>
    DeleteChild,
}

public static class ForeignKeyRuleNames
{
    static readonly string[] Names = ["report", "restore_parent", "delete_child"];

    public static IReadOnlyList<string> All => Names;

    public static string Name(this ForeignKeyRule rule) => Names[(int)rule];

    /// <exception cref="FormatException">The name is no rule; it says which there are.</exception>
    public static ForeignKeyRule Parse(string name) => Array.IndexOf(Names, name) is >= 0 and var rule
        ? (ForeignKeyRule)rule
        : throw new FormatException(
            $"There is no rule '{name}' for foreign keys; write one of {string.Join(", ", Names)}, or leave it out.");
}
