namespace KafkaBridge.Apply.Sql;

/// <summary>Rows of a table that refers to another, as t, and how what is noted of one is read there.</summary>
/// <param name="Only">A further condition.</param>
/// <param name="Place">Where it can be deleted, with its xmin; null: nowhere.</param>
public sealed record ReferringRows(
    string From, string Only, string Place, string Xmin, string Writer, string Epoch, string CommitLsn, string Time, string Tick,
    string WriterXid)
{
    public static ReferringRows Visible(TableSql t) => new(
        new ClaimSql(t).Visible, "", "t.ctid::text", "t.xmin::text", ClaimSql.VisibleWriter, "o.epoch", "o.commit_lsn",
        ClaimSql.VisibleTime, ClaimSql.VisibleTick, ClaimSql.VisibleXid);

    /// <summary>Those that wait until a unique value is free; beside a visible row of its key one is void.</summary>
    public static ReferringRows Hidden(TableSql t) => new(
        $"{new ClaimSql(t).Hidden} AS t", $" AND NOT EXISTS (SELECT FROM ONLY {t.Name} AS n WHERE {t.KeyMatchesOf("n")})",
        "NULL::text", "NULL::text", Of("writer"), Of("epoch"), Of("commit_lsn"), Of("commit_time"), Of("tick"), "NULL");

    static string Of(string noted) => ClaimSql.Of("t", noted);
}
