using System.Globalization;
using KafkaBridge.Apply.Sql;
using KafkaBridge.Postgres;

namespace KafkaBridge.Copying;

/// <summary>
/// A stretch of a table by the blocks in which its rows lie: every table has those, whatever its key, and a stretch of them is read
/// without an index (a TID range scan, PostgreSQL 14).
/// </summary>
/// <param name="First">The first block.</param>
/// <param name="End">The block after the last; null: to the table's end, however long it has become.</param>
internal sealed record CopyPiece(TableDefinition Table, long First, long? End)
{
    /// <summary>64 MiB of the usual blocks.</summary>
    public const long Blocks = 8192;

    TableSql Sql => new(Table);

    public string CopyOut => $"COPY (SELECT {Sql.InsertColumns} FROM ONLY {Sql.Name}{Where}) TO STDOUT";

    public string CopyIn => $"COPY {Sql.Name} ({Sql.InsertColumns}) FROM STDIN";

    string Where => (First, End) switch
    {
        (0, null) => "",
        (_, null) => $" WHERE ctid >= {Place(First)}",
        (0, { } end) => $" WHERE ctid < {Place(end)}",
        (_, { } end) => $" WHERE ctid >= {Place(First)} AND ctid < {Place(end)}",
    };

    /// <summary>Pieces that together have each row once.</summary>
    /// <param name="blocks">The table's size in blocks, seen after the snapshot that is copied.</param>
    public static IReadOnlyList<CopyPiece> Of(TableDefinition table, long blocks)
    {
        var pieces = new List<CopyPiece>();
        for (var first = 0L; first == 0 || first < blocks; first += Blocks)
        {
            pieces.Add(new CopyPiece(table, first, first + Blocks < blocks ? first + Blocks : null));
        }

        return pieces;
    }

    static string Place(long block) => string.Create(CultureInfo.InvariantCulture, $"'({block},0)'::tid");
}
