using KafkaBridge.Changes;

namespace KafkaBridge.Capture.Reading;

/// <summary>
/// Makes a new row whole: the log leaves unchanged TOASTed values out. They come from the old row where the log has it
/// whole, else from the source, by key; a row that is gone there keeps them unchanged, and the target leaves them alone.
/// </summary>
static class FullImages
{
    public static async ValueTask<ColumnValue[]> CompleteAsync(Update update, uint xid, SourceCatalog catalog, CancellationToken ct)
    {
        var missing = Missing(update.New);
        if (missing.Count == 0)
        {
            return update.New;
        }

        var row = (ColumnValue[])update.New.Clone();
        if (update is { Old: { } old, OldIsKeyOnly: false })
        {
            foreach (var column in missing)
            {
                row[column] = old[column];
            }

            missing = Missing(row);
        }

        if (missing.Count > 0 && update.Relation.HasKey && KeyIsThere(update.Relation, row)
            && await catalog.ReadAgainAsync(update.Relation, row, missing, xid, ct) is { } values)
        {
            for (var i = 0; i < values.Length; i++)
            {
                row[missing[i]] = values[i];
            }
        }

        return row;
    }

    static List<int> Missing(ColumnValue[] row)
    {
        List<int> missing = [];
        for (var i = 0; i < row.Length; i++)
        {
            if (row[i].Kind == ColumnValueKind.Unchanged)
            {
                missing.Add(i);
            }
        }

        return missing;
    }

    static bool KeyIsThere(Relation relation, ColumnValue[] row)
    {
        for (var i = 0; i < row.Length; i++)
        {
            if (relation.Columns[i].IsKey && row[i].Kind != ColumnValueKind.Text)
            {
                return false;
            }
        }

        return true;
    }
}
