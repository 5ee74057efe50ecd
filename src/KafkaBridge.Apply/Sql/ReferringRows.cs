namespace KafkaBridge.Apply.Sql;

/// <summary>Rows of a table that refers to another, as t, and how what is noted of one is read there.</summary>
/// <param name="Relation">Where they are; From has what is noted of them besides.</param>
/// <param name="AreShown">A user can delete one.</param>
/// <param name="Only">A further condition.</param>
public sealed record ReferringRows(
    string Relation, bool AreShown, string From, string Only, string Writer, string Epoch, string CommitLsn, string Time, string Tick,
    string WriterXid)
{
    public static ReferringRows Visible(TableSql t) => new(
        $"ONLY {t.Name}", true, new ClaimSql(t).Visible, "", ClaimSql.VisibleWriter, "o.epoch", "o.commit_lsn",
        ClaimSql.VisibleTime, ClaimSql.VisibleTick, ClaimSql.VisibleXid);

    /// <summary>Those that wait until a unique value is free; beside a visible row of its key one is void.</summary>
    public static ReferringRows Hidden(TableSql t) => new(
        new ClaimSql(t).Hidden, false, $"{new ClaimSql(t).Hidden} AS t",
        $" AND NOT EXISTS (SELECT FROM ONLY {t.Name} AS n WHERE {t.KeyMatchesOf("n")})",
        Of("writer"), Of("epoch"), Of("commit_lsn"), Of("commit_time"), Of("tick"), "NULL");

    static string Of(string noted) => ClaimSql.Of("t", noted);
}
