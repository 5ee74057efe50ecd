namespace KafkaBridge.Changes.Conflicts;

/// <summary>How rows are decided whose writers did not know each other's: one strategy, and others for some kinds.</summary>
/// <param name="Kinds">What the later write, by its stamp, is to what it meets: <see cref="RowWrite{TValue}.KindAgainst"/>.</param>
public sealed record RowRule(ConflictRule Default, IReadOnlyDictionary<ConflictKind, ConflictRule> Kinds)
{
    public static readonly RowRule LastUpdateWins = Of(ConflictRule.LastUpdateWins);

    public static RowRule Of(ConflictRule rule) => new(rule, new Dictionary<ConflictKind, ConflictRule>());

    public bool IsLastUpdateWins => Kinds.Values.Append(Default).All(rule => rule == ConflictRule.LastUpdateWins);

    public ConflictRule For(ConflictKind kind) => Kinds.GetValueOrDefault(kind, Default);

    public bool Uses(ConflictRule rule) => Default == rule || Kinds.Values.Contains(rule);

    /// <summary>As the configuration has it, in one order.</summary>
    public override string ToString() => string.Join(
        ", ", Kinds.OrderBy(kind => kind.Key).Select(kind => $"{kind.Key.Name()}: {kind.Value.Name()}").Prepend(Default.Name()));
}
