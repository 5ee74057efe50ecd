namespace KafkaBridge.Apply.Sql;

/// <summary>
/// kafkabridge.parent_delete: what may no longer be there of tables that foreign keys refer to, until it is sure that nothing refers to
/// it. Only where there are such tables.
/// </summary>
static class ParentDeleteSql
{
    /// <summary>A row was deleted.</summary>
    public const string Deleted = "d";

    /// <summary>A row has another value in a column besides the key; here it stands as it was.</summary>
    public const string GivenUp = "o";

    /// <summary>A row with such a value was written: another write that did not know it may win.</summary>
    public const string Written = "w";

    /// <summary>The table was truncated: no row.</summary>
    public const string Truncated = "t";

    /// <summary>A row that a TRUNCATE took here. It is not looked at, only brought back.</summary>
    public const string Taken = "r";

    /// <summary>image: the row, or its key alone, as a literal of the table's row type.</summary>
    public const string Create =
        """
        CREATE TABLE IF NOT EXISTS kafkabridge.parent_delete (
          id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          relid oid NOT NULL,
          op text NOT NULL,
          writer integer NOT NULL,
          epoch integer NOT NULL,
          commit_lsn pg_lsn NOT NULL,
          ordinal integer NOT NULL,
          tick bigint NOT NULL,
          source_xid xid,
          source_time timestamptz,
          image text,
          looked boolean NOT NULL DEFAULT false,
          tried_at timestamptz
        );
        CREATE INDEX IF NOT EXISTS parent_delete_position ON kafkabridge.parent_delete (writer, epoch, commit_lsn) WHERE NOT looked;
        """;

    const string Columns = "relid, op, writer, epoch, commit_lsn, ordinal, tick, source_xid, source_time, image";

    const string Stamp = "v.writer, v.epoch, v.lsn, v.ordinal, v.tick, v.source_xid, v.source_time";

    /// <summary>In a table's function. Whether the change won is of no matter: who looks sees whether the row is there.</summary>
    /// <param name="op">An expression; what is noted of a TRUNCATE has no image.</param>
    public static string Note(TableSql t, string op, string image = "v.image") =>
        $"""
        INSERT INTO kafkabridge.parent_delete ({Columns})
        VALUES ({t.Oid}, {op}, {Stamp}, {image});
        """;

    /// <summary>In a table's function the statement by which a TRUNCATE takes rows of a relation, as t.</summary>
    public static string Take(TableSql t, string delete) =>
        t.IsRestored ? Gone(t, delete, $"{Columns}, looked", $"'{Taken}', {Stamp}, gone.image::text, true") : delete + ";";

    /// <summary>In a table's function the statement by which a write takes another row, as t, and what may refer to its values.</summary>
    /// <param name="only">Whether that gives them up.</param>
    public static string GiveUp(TableSql t, string delete, string? only = null) => t.Table.ReferencedValues.Count > 0
        ? Gone(t, delete, Columns, $"'{GivenUp}', {Stamp}, gone.image::text", only)
        : delete + ";";

    static string Gone(TableSql t, string delete, string columns, string noted, string? only = null) =>
        $"""
        WITH gone AS (
          {delete.Replace("\n", "\n  ", StringComparison.Ordinal)}
          RETURNING {new ClaimSql(t).Image("t")} AS image)
        INSERT INTO kafkabridge.parent_delete ({columns})
        SELECT {t.Oid}, {noted} FROM gone{(only is null ? "" : " WHERE " + only)};
        """;

    /// <summary>A delete, with parameters.</summary>
    public const string Insert =
        $"INSERT INTO kafkabridge.parent_delete ({Columns}) VALUES ($1, '{Deleted}', $2, $3, $4, $5, $6, $7, $8, $9)";
}
