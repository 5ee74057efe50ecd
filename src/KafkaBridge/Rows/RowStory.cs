using System.Globalization;
using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.Rows;

/// <summary>
/// The writes of one row as every node takes them, whatever the order in which they came: by their stamps. Who wins is
/// decided by the code that the simulator holds to convergence; this only puts it into words.
/// </summary>
internal sealed class RowStory
{
    readonly TableRule rule;
    readonly RowFold<ColumnValue> fold;
    readonly Func<int, string> name;
    readonly List<LoggedWrite> writes;
    readonly List<string> columns;
    readonly List<RowWrite<ColumnValue>> folded;
    bool isAsked;

    RowStory(IEnumerable<LoggedWrite> logged, TableRule rule, IReadOnlyList<int> priorities, Func<int, string> name)
    {
        (this.rule, this.name) = (rule, name);
        fold = new RowFold<ColumnValue>(rule.Row, priorities, columns: null, (_, _, _, later) => later) // which write takes, not values
        {
            Ask = question =>
            {
                isAsked = true;
                return question.Next ?? question.Present; // what it returned is not in the log
            },
        };
        writes = [.. logged.OrderBy(write => write.Stamp).SkipWhile(write => write.Op == 't')];
        columns = [.. writes.SelectMany(write => write.Columns).Distinct()];
        folded = [.. writes.Select(Folded)];
    }

    /// <param name="logged">In any order.</param>
    /// <param name="priorities">Writers, the preferred first.</param>
    /// <param name="isCut">Earlier writes are not among them.</param>
    public static IReadOnlyList<RowStep> Tell(
        IEnumerable<LoggedWrite> logged, TableRule rule, IReadOnlyList<int> priorities, Func<int, string> name, bool isCut) =>
        new RowStory(logged, rule, priorities, name).Tell(isCut);

    List<RowStep> Tell(bool isCut)
    {
        RowState<ColumnValue>? state = null;
        int? standing = null;
        var steps = new List<RowStep>();
        var bases = new HashSet<int>();
        var replacedBy = new Dictionary<int, int>(); // which took the place of a write without knowing it
        for (var at = 0; at < writes.Count; at++)
        {
            isAsked = false;
            var next = fold.Step(state, folded[at]);
            var takes = state is null || next!.Written == writes[at].Stamp;
            var knew = standing is { } before && folded[at].Knows(writes[before].Stamp);
            var kind = standing is { } met && !knew ? Kind(at, met) : null;
            steps.Add(new RowStep(writes[at], RowOutcome.Lost, kind, Because(at, standing, knew, takes, isCut), Values(at))
            {
                IsPutTogether = isAsked,
            });
            if (Base(at) is { } known)
            {
                bases.Add(known);
            }

            if (standing is { } other)
            {
                if (knew || isAsked)
                {
                    bases.Add(other);
                }
                else
                {
                    replacedBy.Add(takes ? other : at, takes ? at : other);
                }
            }

            (state, standing) = (next, takes ? at : standing);
        }

        return [.. steps.Select((step, at) => at == standing ? step with { Outcome = RowOutcome.Stands }
            : bases.Contains(at) ? step with { Outcome = RowOutcome.Followed }
            : step with { Because = step.Because + Lost(at, replacedBy) })];
    }

    /// <summary>The write that its writer saw when it wrote: the greatest below that it knew.</summary>
    int? Base(int at)
    {
        for (var before = at - 1; before >= 0; before--)
        {
            if (folded[at].Knows(writes[before].Stamp))
            {
                return before;
            }
        }

        return null;
    }

    /// <summary>What the conflict history calls it.</summary>
    string? Kind(int at, int standing)
    {
        var (write, met) = (writes[at], writes[standing]);
        var operation = write.Op switch
        {
            'u' => IncomingOperation.Update,
            'd' => IncomingOperation.Delete,
            't' => IncomingOperation.Truncate,
            _ => write.Header.Ordinal % 2 == 1 ? IncomingOperation.UpdateOfKey : IncomingOperation.Insert,
        };
        var resolution = LastUpdateWins.Resolve(
            new IncomingChange(operation, write.Stamp, IsSelf: false, write.Transaction.IsLifted),
            met.Removes ? null : new LocalRow(met.Stamp.Version, IsRaw: false, IsOwnTransaction: false),
            new LocalVersions(
                met.Op == 'd' ? met.Stamp : null, met.Op == 't' ? met.Stamp : null, ChangeKnewLocal: false, LocalKnewChange: false),
            ConflictRule.LastUpdateWins);
        return resolution.IsConflict ? resolution.Kind?.Name() : null;
    }

    string Because(int at, int? standing, bool knew, bool takes, bool isCut)
    {
        var write = writes[at];
        var lifted = write.Transaction.IsLifted
            ? ", its version raised above what its node had applied or promised before it"
            : "";
        if (standing is not { } met)
        {
            return (write.Op is 'c' or 'r' && !isCut ? "the first write of the row that the log has" : "what was before is not in the log "
                + "that was read") + lifted;
        }

        var other = writes[met];
        if (isAsked)
        {
            return $"put together with {Phrase(other)} by {rule.Row.NameOf(ConflictRule.SqlFunction)}, as "
                + (knew ? "it had not seen all that was put together there" : "neither knew of the other") + Merged(at) + lifted;
        }

        if (knew)
        {
            return (other.Node == write.Node ? $"follows its own {Noun(other)}" : $"had applied {Phrase(other)} and follows it") + lifted;
        }

        var by = rule.Row.For(folded[at].KindAgainst(!other.Removes));
        var why = by == ConflictRule.LastUpdateWins ? ": " + VersionWords.WhyAbove(write.Stamp.Version, other.Stamp.Version) : "";
        return $"{(takes ? "wins over" : "loses to")} {Phrase(other)} by {by.Name()}, as neither knew of the other{why}{Merged(at)}"
            + lifted;
    }

    /// <summary>Columns with a rule of their own are put together whichever write wins.</summary>
    string Merged(int at)
    {
        var merged = writes[at].Op != 'u' ? [] : Values(at).Where(value => rule.Columns.ContainsKey(value.Column))
            .Select(value => $"{value.Column} by {rule.Columns[value.Column].Name()}").ToList();
        return merged.Count == 0 ? "" : $"; put together: {string.Join(", ", merged)}";
    }

    string Lost(int at, Dictionary<int, int> replacedBy) =>
        replacedBy.TryGetValue(at, out var by) && by > at ? $"; lost to {Phrase(writes[by])}, which did not know it" : "";

    string Phrase(LoggedWrite write) => string.Create(
        CultureInfo.InvariantCulture, $"{name(write.Node)}'s {Noun(write)} of {write.CommitTime:HH:mm:ss.ffffff}");

    public static string Noun(LoggedWrite write) => write.Op switch
    {
        'c' when write.Header.Ordinal % 2 == 1 => "key change to it",
        'c' => "insert",
        'u' => "update",
        'd' => "delete",
        't' => "truncate",
        _ => "copy",
    };

    List<ValueChange> Values(int at)
    {
        var (before, after) = (folded[at].Old ?? (Base(at) is { } known ? folded[known].New : null), folded[at].New);
        var changes = new List<ValueChange>();
        for (var i = 0; i < columns.Count; i++)
        {
            if (before is null || after is null || (after[i].Kind != ColumnValueKind.Unchanged && !after[i].Equals(before[i])))
            {
                changes.Add(new ValueChange(columns[i], Known(before, i), Known(after, i)));
            }
        }

        return changes;
    }

    static ColumnValue? Known(ColumnValue[]? row, int column) =>
        row is null || row[column].Kind == ColumnValueKind.Unchanged ? null : row[column];

    RowWrite<ColumnValue> Folded(LoggedWrite write) => new(
        write.Stamp, new KnowledgeVector(write.Node, write.Transaction.Vector), Row(write, write.Before), Row(write, write.After));

    /// <summary>In the order of all columns that the table ever had.</summary>
    ColumnValue[]? Row(LoggedWrite write, ColumnValue[]? row)
    {
        if (row is null)
        {
            return null;
        }

        var places = columns.Select(column => write.Columns.ToList().IndexOf(column));
        return [.. places.Select(place => place < 0 ? ColumnValue.Unchanged : row[place])];
    }
}
