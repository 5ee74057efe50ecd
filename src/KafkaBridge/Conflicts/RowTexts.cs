namespace KafkaBridge.Conflicts;

/// <summary>A row as the history keeps it: each column's text, null where the column is NULL.</summary>
internal static class RowTexts
{
    /// <summary>Whether the row in the table is the one that was noted.</summary>
    /// <param name="noted">Null: there was none.</param>
    /// <param name="isCut">Long values were noted cut, all at one length.</param>
    public static bool IsStill(IReadOnlyDictionary<string, string?>? present, IReadOnlyDictionary<string, string?>? noted, bool isCut)
    {
        if (present is null || noted is null)
        {
            return present is null && noted is null;
        }

        var cutAt = isCut ? noted.Values.Max(text => text?.Length ?? 0) : int.MaxValue;
        return noted.All(column => !present.TryGetValue(column.Key, out var value) || value == column.Value
            || (column.Value?.Length == cutAt && value?.StartsWith(column.Value, StringComparison.Ordinal) == true));
    }
}
