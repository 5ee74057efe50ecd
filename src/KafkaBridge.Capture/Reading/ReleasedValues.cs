using KafkaBridge.Changes;

namespace KafkaBridge.Capture.Reading;

/// <summary>
/// Whether an update may have given up a unique value besides the key: then this node applies it to itself, as a row that was hidden
/// because of that value may come back. Where the log has no whole old row, it may have.
/// </summary>
static class ReleasedValues
{
    public static bool Any(Update update)
    {
        var relation = update.Relation;
        if (!relation.HasKey || relation.Claimed.Count == 0)
        {
            return false;
        }

        return update.OldIsKeyOnly || update.Old is not { } old || relation.Claimed.Any(
            i => update.New[i].Kind != ColumnValueKind.Unchanged && !old[i].Equals(update.New[i]));
    }
}
