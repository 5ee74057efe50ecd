namespace KafkaBridge.Changes.Conflicts;

/// <summary>How two versions of one row are decided. Must be the same on every node of a cluster.</summary>
public enum ConflictRule
{
    /// <summary>The greater version wins.</summary>
    LastUpdateWins,
}

public static class ConflictRuleNames
{
    const string LastUpdateWins = "last_update_wins";

    public static string Name(this ConflictRule rule) => rule switch
    {
        ConflictRule.LastUpdateWins => LastUpdateWins,
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, $"There is no conflict rule {(int)rule}."),
    };

    /// <exception cref="FormatException">The name is not a rule that this version knows; the message names the ones it does.</exception>
    public static ConflictRule Parse(string name) => name switch
    {
        LastUpdateWins => ConflictRule.LastUpdateWins,
        _ => throw new FormatException($"There is no conflict rule '{name}' in this version; write {LastUpdateWins}, or leave it out."),
    };
}
