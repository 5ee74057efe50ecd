using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.Conflicts;

/// <summary>
/// How a rule decides a conflict that was recorded: two writes on one base, of which neither knew the other. Decided by the fold
/// that the nodes use.
/// </summary>
/// <param name="priorities">Writers, the preferred first.</param>
internal sealed class RuleTrial(TableRule rule, IReadOnlyList<int> priorities)
{
    static readonly Stamp Base = new(RowVersion.Oldest, default);

    /// <returns>
    /// apply_remote, keep_local, or merged: the words of the history. A function is not asked: whatever it says puts the two together.
    /// </returns>
    public string Decide(ConflictRow conflict)
    {
        if (rule.Columns.Count > 0)
        {
            return "merged";
        }

        var (remote, local) = (Write(conflict.Remote, conflict.Kind), Write(conflict.Local, conflict.Kind));
        var isAsked = false;
        var fold = new RowFold<string>(rule.Row, priorities, columns: null, (_, _, _, later) => later)
        {
            Ask = question =>
            {
                isAsked = true;
                return question.Next ?? question.Present;
            },
        };
        var state = new RowState<string>(Base, Base, Exists: true, []);
        foreach (var write in new[] { remote, local }.OrderBy(write => write.Stamp))
        {
            state = fold.Step(state, write)!;
        }

        return isAsked ? "merged" : state.Written == remote.Stamp ? "apply_remote" : "keep_local";
    }

    /// <summary>The later of the two is what makes the kind; what the earlier one was makes no difference.</summary>
    static RowWrite<string> Write(ConflictSide side, string kind)
    {
        var ofKeyChange = kind == ConflictKind.UpdateExists.Name();
        var isInsert = ofKeyChange || kind == ConflictKind.InsertExists.Name() || kind == ConflictKind.InsertDeleted.Name();
        return new(
            new Stamp(side.Version, default(ChangePosition) with { Ordinal = ofKeyChange ? 1 : 0 }), new KnowledgeVector(side.Writer, []),
            isInsert ? null : [], side.Tuple is null ? null : []);
    }
}
