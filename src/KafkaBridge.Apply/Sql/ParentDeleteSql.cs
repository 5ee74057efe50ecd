namespace KafkaBridge.Apply.Sql;

/// <summary>
/// kafkabridge.parent_delete: what was deleted of tables that foreign keys refer to, until it is sure that nothing refers to it.
/// Only where there are such tables.
/// </summary>
static class ParentDeleteSql
{
    /// <summary>image: the row, or its key alone, as a literal of the table's row type.</summary>
    public const string Create =
        """
        CREATE TABLE IF NOT EXISTS kafkabridge.parent_delete (
          id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          relid oid NOT NULL,
          writer integer NOT NULL,
          epoch integer NOT NULL,
          commit_lsn pg_lsn NOT NULL,
          ordinal integer NOT NULL,
          tick bigint NOT NULL,
          source_xid xid,
          source_time timestamptz,
          image text NOT NULL,
          looked boolean NOT NULL DEFAULT false,
          tried_at timestamptz
        );
        CREATE INDEX IF NOT EXISTS parent_delete_position ON kafkabridge.parent_delete (writer, epoch, commit_lsn) WHERE NOT looked;
        """;

    const string Columns = "(relid, writer, epoch, commit_lsn, ordinal, tick, source_xid, source_time, image)";

    /// <summary>In a table's function. Whether the delete won is of no matter: who looks sees whether the row is there.</summary>
    public static string Note(TableSql t) =>
        $"""
        INSERT INTO kafkabridge.parent_delete {Columns}
        VALUES ({t.Oid}, v.writer, v.epoch, v.lsn, v.ordinal, v.tick, v.source_xid, v.source_time, v.image);
        """;

    /// <summary>The same with parameters.</summary>
    public const string Insert = $"INSERT INTO kafkabridge.parent_delete {Columns} VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
}
