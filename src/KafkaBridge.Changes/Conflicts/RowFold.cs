using System.Diagnostics;

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
    /// <summary>For <see cref="ConflictRule.SqlFunction"/>: the row, null for none. It may throw where it has no answer yet.</summary>
    public Func<RowQuestion<TValue>, TValue[]?> Ask { get; init; } =
        static _ => throw new UnreachableException("a function decides, and nobody is there to ask it");

    public RowFold<TValue> Asking(Func<RowQuestion<TValue>, TValue[]?> ask) => new(rule, priorities, columns, merge) { Ask = ask };

    /// <param name="state">Null: the key was never written.</param>
    /// <param name="next">Above everything in the state.</param>
    public RowState<TValue>? Step(RowState<TValue>? state, RowWrite<TValue> next)
    {
        if (state is null)
        {
            return next.New is null ? null : new(next.Stamp, next.Stamp, Exists: true, next.New);
        }

        if (!Knows(next, state) && rule.For(next.KindAgainst(state.Exists)) == ConflictRule.SqlFunction)
        {
            return Answered(state, next);
        }

        var takes = Takes(state, next);
        return next switch
        {
            { New: null } => takes ? state with { Written = next.Stamp, Exists = false, Beside = [] } : state,
            { New: var values } when IsOfAnotherRow(state, next) => takes ? new(next.Stamp, next.Stamp, Exists: true, values) : state,
            _ when takes => state with
            {
                Written = next.Stamp,
                Exists = true,
                Beside = [],
                Values = [.. Columns(state, next, next.New)],
            },
            _ => state with { Values = [.. Columns(state, next, state.Values)] },
        };
    }

    /// <summary>The function's row is the row, but for columns with rules of their own; of two deletes there is nothing to ask.</summary>
    RowState<TValue> Answered(RowState<TValue> state, RowWrite<TValue> next)
    {
        var answer = state.Exists || next.New is not null
            ? Ask(new(state.Exists ? state.Values : null, state.Written.Version, next.New, next.Stamp.Version))
            : null;
        var row = answer ?? next.New ?? state.Values;
        var isOther = IsOfAnotherRow(state, next);
        return new(isOther ? next.Stamp : state.Inserted, next.Stamp, Exists: answer is not null, next switch
        {
            { New: null } => [.. row.Select((value, column) => Rule(column) == ColumnRule.WithRow ? value : state.Values[column])],
            { New: var values } when isOther =>
                [.. row.Select((value, column) => Rule(column) == ColumnRule.WithRow ? value : values[column])],
            _ => [.. Columns(state, next, row)],
        })
        {
            Beside = [.. state.Beside.Append(state.Written).Where(other => !next.Knows(other))],
        };
    }

    static bool IsOfAnotherRow(RowState<TValue> state, RowWrite<TValue> next) =>
        next is { New: not null, Old: null } || (next.New is not null && !next.Knows(state.Inserted));

    ColumnRule Rule(int column) => columns?[column] ?? ColumnRule.WithRow;

    /// <param name="row">What the columns become that go with the row; of the others an update's differences are merged.</param>
    IEnumerable<TValue> Columns(RowState<TValue> state, RowWrite<TValue> update, TValue[] row) => row.Select((value, column) =>
        Rule(column) == ColumnRule.WithRow ? value
        : EqualityComparer<TValue>.Default.Equals(update.Old![column], update.New![column]) ? state.Values[column]
        : merge(Rule(column), update.Old[column], state.Values[column], update.New[column]));

    /// <summary>Its writer had seen what stands.</summary>
    static bool Knows(RowWrite<TValue> next, RowState<TValue> state) => next.Knows(state.Written) && state.Beside.All(next.Knows);

    /// <summary>One who knew the present version always takes; else the rule says.</summary>
    bool Takes(RowState<TValue> state, RowWrite<TValue> next) =>
        Knows(next, state) || rule.For(next.KindAgainst(state.Exists)) switch
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
