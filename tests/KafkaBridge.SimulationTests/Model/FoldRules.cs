using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.SimulationTests.Model;

/// <summary>How the conflicts of a table are decided whose rules need its rows' history.</summary>
/// <param name="Columns">Each column's rule.</param>
sealed record FoldRules(ConflictRule Rule, ColumnRule[] Columns)
{
    /// <summary>The node with number 1 comes first, then 0, then the others alike.</summary>
    static readonly int[] Priorities = [1, 0];

    /// <summary>Kinds of conflict that have another rule.</summary>
    public IReadOnlyDictionary<ConflictKind, ConflictRule> Kinds { get; init; } = new Dictionary<ConflictKind, ConflictRule>();

    /// <summary>What decides where the rule is <see cref="ConflictRule.SqlFunction"/>.</summary>
    public Func<RowQuestion<string>, string[]?> Function { get; init; } = ModelFunction.Ask;

    public RowRule Row => new(Rule, Kinds) { Function = new RelationName("model", "function") };

    public override string ToString() => $"{Row} ({string.Join(", ", Columns)})";

    public RowFold<string> Fold(Mutant mutant = Mutant.None, int node = 0) => mutant is Mutant.KeepLocal or Mutant.KeepLocalForAKind
        ? new(Broken(mutant), [node], Columns, ModelColumns.Merge) { Ask = Function }
        : new(Broken(mutant), Priorities, Columns, (rule, old, present, next) => mutant switch
        {
            Mutant.CounterIsWritten when rule == ColumnRule.Delta => next,
            Mutant.LaterIsGreater when rule is ColumnRule.Max or ColumnRule.Min => next,
            Mutant.LaterSetStands when rule == ColumnRule.SetUnion => next,
            Mutant.LaterTextStands when rule is ColumnRule.TextMerge or ColumnRule.JsonMerge => next,
            _ => ModelColumns.Merge(rule, old, present, next),
        })
        {
            Ask = question => mutant switch
            {
                Mutant.FunctionGetsOwnRowFirst when question.NextVersion.Writer == node => Function(
                    new(question.Next, question.NextVersion, question.Present, question.PresentVersion)),
                Mutant.FunctionIsAnotherSomewhere when node == 1 => question.Next,
                Mutant.FunctionGetsVersionOfNode => Function(question with { NextVersion = new(0, node) }),
                Mutant.DeleteByFunctionIgnored => Function(question) ?? question.Present,
                _ => Function(question),
            },
        };

    RowRule Broken(Mutant mutant) => mutant switch
    {
        Mutant.KeepLocal => RowRule.Of(ConflictRule.OriginPriority),
        Mutant.KeepLocalForAKind => With(Row, (ConflictKind.UpdateOriginDiffers, ConflictRule.OriginPriority)),
        Mutant.KindsForgotten => RowRule.Of(Rule),
        Mutant.DeletedCountsAsThere => With(
            Row, (ConflictKind.InsertDeleted, Row.For(ConflictKind.InsertExists)),
            (ConflictKind.UpdateDeleted, Row.For(ConflictKind.UpdateOriginDiffers))),
        Mutant.KeyChangeCountsAsInsert => With(Row, (ConflictKind.UpdateExists, Row.For(ConflictKind.InsertExists))),
        _ => Row,
    };

    static RowRule With(RowRule row, params (ConflictKind Kind, ConflictRule Rule)[] others) => row with
    {
        Kinds = row.Kinds.Where(kind => !others.Any(other => other.Kind == kind.Key))
            .Concat(others.Select(other => KeyValuePair.Create(other.Kind, other.Rule))).ToDictionary(),
    };
}

/// <summary>What a database keeps of a key: <see cref="FoldedRow{TValue}"/> as it is stored.</summary>
sealed record KeptHistory(
    RowState<string>? Settled, IReadOnlyList<RowWrite<string>> Writes, string[]? Shown, bool IsBehind,
    IReadOnlyDictionary<int, TransactionPosition> Last)
{
    public static KeptHistory Of(FoldedRow<string> row) => new(
        row.History.Settled, [.. row.History.Writes], row.Shown, row.IsBehind, new Dictionary<int, TransactionPosition>(row.Last));

    public bool IsSame(KeptHistory? other) =>
        other is not null && IsBehind == other.IsBehind && Same(Shown, other.Shown)
        && (Settled, other.Settled) is var (one, two)
        && (one is null ? two is null : two is not null && one with { Values = two.Values, Beside = two.Beside } == two
            && Same(one.Values, two.Values) && one.Beside.SequenceEqual(two.Beside))
        && Writes.Select(write => write.Stamp).SequenceEqual(other.Writes.Select(write => write.Stamp))
        && Last.Count == other.Last.Count && Last.All(last => other.Last.TryGetValue(last.Key, out var same) && same == last.Value);

    static bool Same(string[]? one, string[]? other) =>
        one is null || other is null ? one is null && other is null : one.AsSpan().SequenceEqual(other);

    public RowHistory<string> History(RowFold<string> fold, Mutant mutant)
    {
        var settled = mutant switch
        {
            Mutant.InsertForgottenInStore => Settled is null ? null : Settled with { Inserted = Settled.Written },
            Mutant.WriterForgottenInStore => Settled is null ? null : Settled with { Written = Stamp.Oldest },
            Mutant.BesideForgottenInStore => Settled is null ? null : Settled with { Beside = [] },
            Mutant.DeletedForgottenInStore => Settled is { Exists: false } ? null : Settled,
            _ => Settled,
        };
        var history = new RowHistory<string>(fold, settled);
        foreach (var write in Writes)
        {
            history.Add(write);
        }

        return history;
    }
}
