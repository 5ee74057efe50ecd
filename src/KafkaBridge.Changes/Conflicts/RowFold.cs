namespace KafkaBridge.Changes.Conflicts;

/// <summary>
/// The rules that are not functions of two versions: the writes of a key, taken in the order of their stamps, whatever the
/// order in which they came. So what they come to is a function of the set. Nothing below the watermark can come any more;
/// up to there the state is final, and only the writes above it are kept.
/// </summary>
/// <param name="priorities">Writers, the preferred first; for <see cref="ConflictRule.OriginPriority"/>.</param>
/// <param name="columns">Each column's rule; null: all go with the row.</param>
/// <param name="merge">Puts a column's write (old, new) onto its present value: (rule, old, present, new).</param>
public sealed class RowFold<TValue>(
    RowRule rule,
    IReadOnlyList<int> priorities,
    IReadOnlyList<ColumnRule>? columns,
    Func<ColumnRule, TValue, TValue, TValue, TValue> merge)
{
    /// <param name="state">Null: the key was never written.</param>
    /// <param name="next">Above everything in the state.</param>
    public RowState<TValue>? Step(RowState<TValue>? state, RowWrite<TValue> next) => next switch
    {
        { New: null } => state is null || !Takes(state, next) ? state : state with { Written = next.Stamp, Exists = false },
        { Old: null } when state is null || Takes(state, next) => new(next.Stamp, next.Stamp, Exists: true, next.New),
        { Old: null } => state,
        _ when state is null => new(next.Stamp, next.Stamp, Exists: true, next.New),
        _ when !next.Knows(state.Inserted) => Takes(state, next) ? new(next.Stamp, next.Stamp, Exists: true, next.New) : state,
        _ => Update(state, next, Takes(state, next)),
    };

    RowState<TValue> Update(RowState<TValue> state, RowWrite<TValue> next, bool takes)
    {
        var values = (TValue[])state.Values.Clone();
        for (var column = 0; column < values.Length; column++)
        {
            var columnRule = columns?[column] ?? ColumnRule.WithRow;
            if (columnRule == ColumnRule.WithRow)
            {
                values[column] = takes ? next.New![column] : values[column];
            }
            else if (!EqualityComparer<TValue>.Default.Equals(next.Old![column], next.New![column]))
            {
                values[column] = merge(columnRule, next.Old[column], values[column], next.New[column]);
            }
        }

        return takes ? state with { Written = next.Stamp, Exists = true, Values = values } : state with { Values = values };
    }

    /// <summary>One who knew the present version always takes; else the rule says.</summary>
    bool Takes(RowState<TValue> state, RowWrite<TValue> next) =>
        next.Knows(state.Written) || rule.For(next.KindAgainst(state.Exists)) switch
        {
            ConflictRule.LastUpdateWins => true,
            ConflictRule.OriginPriority => Rank(next.Stamp) <= Rank(state.Written),
            _ => false,
        };

    int Rank(Stamp stamp)
    {
        for (var rank = 0; rank < priorities.Count; rank++)
        {
            if (priorities[rank] == stamp.Version.Writer)
            {
                return rank;
            }
        }

        return priorities.Count;
    }
}
