namespace KafkaBridge.Changes.Conflicts;

/// <summary>How writes of one column are put together, in the order of their stamps. All but the first need the old row.</summary>
public enum ColumnRule
{
    /// <summary>The column goes with its row: the table's rule.</summary>
    WithRow,

    /// <summary>The last write that changed this column.</summary>
    LastWrite,

    /// <summary>A counter: every write adds its difference.</summary>
    Delta,

    /// <summary>The greatest value written.</summary>
    Max,

    /// <summary>The least value written.</summary>
    Min,

    /// <summary>A set: every element that was ever in it.</summary>
    SetUnion,

    /// <summary>Text: three-way, line by line; where two changed the same lines the later stands.</summary>
    TextMerge,

    /// <summary>An object: three-way, member by member.</summary>
    JsonMerge,
}

public static class ColumnRuleNames
{
    static readonly string[] Names = ["with_row", "last_write", "delta", "max", "min", "set_union", "text_merge", "json_merge"];

    /// <summary>What may be written.</summary>
    public static IReadOnlyList<string> All { get; } = Names[1..];

    public static string Name(this ColumnRule rule) => Names[(int)rule];

    /// <exception cref="FormatException">The name is no column's rule; it says which there are.</exception>
    public static ColumnRule Parse(string name) => Array.IndexOf(Names, name) is > 0 and var rule
        ? (ColumnRule)rule
        : throw new FormatException(
            $"There is no rule '{name}' for a column; write one of {string.Join(", ", All)}, or leave it out.");
}
