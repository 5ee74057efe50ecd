namespace KafkaBridge.Changes.Conflicts;

/// <summary>How rows are decided whose writers did not know each other's: one strategy, and others for some kinds.</summary>
/// <param name="Kinds">What the later write, by its stamp, is to what it meets: <see cref="RowWrite{TValue}.KindAgainst"/>.</param>
public sealed record RowRule(ConflictRule Default, IReadOnlyDictionary<ConflictKind, ConflictRule> Kinds)
{
    public static readonly RowRule LastUpdateWins = Of(ConflictRule.LastUpdateWins);

    /// <summary>Null where no strategy is <see cref="ConflictRule.SqlFunction"/>.</summary>
    public RelationName? Function { get; init; }

    public static RowRule Of(ConflictRule rule) => new(rule, new Dictionary<ConflictKind, ConflictRule>());

    public bool IsLastUpdateWins =>
        Default == ConflictRule.LastUpdateWins && Kinds.Values.All(rule => rule == ConflictRule.LastUpdateWins);

    public ConflictRule For(ConflictKind kind) => Kinds.GetValueOrDefault(kind, Default);

    public bool Uses(ConflictRule rule) => Default == rule || Kinds.Values.Contains(rule);

    /// <summary>As a person reads it: a function with its name.</summary>
    public string NameOf(ConflictRule rule) => rule == ConflictRule.SqlFunction ? $"{rule.Name()} {Function}" : rule.Name();

    /// <summary>As the configuration has it, in one order.</summary>
    public override string ToString() => string.Join(
        ", ", Kinds.OrderBy(kind => kind.Key).Select(kind => $"{kind.Key.Name()}: {NameOf(kind.Value)}").Prepend(NameOf(Default)));
}
