namespace KafkaBridge.Changes.Conflicts;

/// <summary>How a write that did not know the row's present version is decided. Must be the same on every node of a cluster.</summary>
public enum ConflictRule
{
    /// <summary>The greater version wins: needs no history, so <see cref="Conflicts.LastUpdateWins"/> decides it alone.</summary>
    LastUpdateWins,

    /// <summary>What stands stays: a write that did not know it loses.</summary>
    FirstUpdateWins,

    /// <summary>The writer that stands earlier in the list of priorities wins; of one priority the later write.</summary>
    OriginPriority,

    /// <summary>As first_update_wins, and the loser is parked; a person's decision is a write that knows both.</summary>
    Manual,

    /// <summary>As manual, and the other nodes take no more of the loser's origin until a person has decided.</summary>
    Error,

    /// <summary>A function of the user's puts what stands and the write together; the same one on every node.</summary>
    SqlFunction,
}

public static class ConflictRuleNames
{
    static readonly string[] Names = ["last_update_wins", "first_update_wins", "origin_priority", "manual", "error", "sql_function"];

    public static IReadOnlyList<string> All => Names;

    public static string Name(this ConflictRule rule) => rule >= 0 && (int)rule < Names.Length
        ? Names[(int)rule]
        : throw new ArgumentOutOfRangeException(nameof(rule), rule, $"There is no conflict rule {(int)rule}.");

    /// <exception cref="FormatException">The name is no rule, or of one that can't converge: it says why, and what to write.</exception>
    public static ConflictRule Parse(string name) => name switch
    {
        "keep_local" or "apply_remote" => throw new FormatException(
            $"The rule '{name}' can't converge: of two concurrent writes each node would keep "
            + $"{(name == "keep_local" ? "its own" : "the other's")}. Write first_update_wins, "
            + "or origin_priority with the node to prefer."),
        "sql_function" => throw new FormatException(
            "sql_function needs the function that decides. Write { sql_function: schema.function }."),
        _ => Array.IndexOf(Names, name) is >= 0 and var rule
            ? (ConflictRule)rule
            : throw new FormatException($"There is no conflict rule '{name}'; write one of {string.Join(", ", Names)}, or leave it out."),
    };
}
