using KafkaBridge.Changes;

namespace KafkaBridge.Capture.Reading;

/// <summary>Whether an update moves its row to another key: then it is published as a delete and an insert.</summary>
static class KeyChange
{
    public static bool Is(Update update)
    {
        if (update.Old is not { } old || !update.Relation.HasKey)
        {
            return false;
        }

        for (var i = 0; i < old.Length; i++)
        {
            // A key value left out of the new row as unchanged is just that.
            if (update.Relation.Columns[i].IsKey && update.New[i].Kind != ColumnValueKind.Unchanged && !old[i].Equals(update.New[i]))
            {
                return true;
            }
        }

        return false;
    }
}
