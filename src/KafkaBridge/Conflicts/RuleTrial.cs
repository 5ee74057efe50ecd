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

    /// <returns>apply_remote, keep_local, or merged: the words of the history.</returns>
    public string Decide(ConflictRow conflict)
    {
        if (rule.Columns.Count > 0)
        {
            return "merged";
        }

        var (remote, local) = (Write(conflict.Remote), Write(conflict.Local));
        var fold = new RowFold<string>(rule.Row, priorities, columns: null, (_, _, _, later) => later);
        var state = new RowState<string>(Base, Base, Exists: true, []);
        foreach (var write in new[] { remote, local }.OrderBy(write => write.Stamp))
        {
            state = fold.Step(state, write)!;
        }

        return state.Written == remote.Stamp ? "apply_remote" : "keep_local";
    }

    static RowWrite<string> Write(ConflictSide side) => new(
        new Stamp(side.Version, default), new KnowledgeVector(side.Writer, []), Old: null, side.Tuple is null ? null : []);
}
