using KafkaBridge.Changes;
using KafkaBridge.Copying;
using KafkaBridge.Postgres;

namespace KafkaBridge.Tests;

public sealed class CopyPieceTests
{
    static readonly ColumnDefinition Id = new("id", 23, "integer", true, true, false, false, false, null, "OPERATOR(pg_catalog.=)");
    static readonly TableDefinition Item = new(
        1, new RelationName("public", "it\"em"), ReplicaIdentity.Default,
        [Id, Id with { Name = "twice", IsGenerated = true }, Id with { Name = "na me", IsKey = false }], KeyIsDeferrable: false, []);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(CopyPiece.Blocks)]
    [InlineData(CopyPiece.Blocks + 1)]
    [InlineData((3 * CopyPiece.Blocks) + 7)]
    public void Pieces_have_each_block_once_and_the_last_has_no_end(long blocks)
    {
        var pieces = CopyPiece.Of(Item, blocks);
        Assert.Equal(Math.Max(1, (blocks + CopyPiece.Blocks - 1) / CopyPiece.Blocks), pieces.Count);
        Assert.Equal(0, pieces[0].First);
        Assert.All(pieces.Zip(pieces.Skip(1)), pair => Assert.Equal(pair.First.End, pair.Second.First));
        Assert.Null(pieces[^1].End);
    }

    [Fact]
    public void Generated_columns_are_left_to_the_target()
    {
        var pieces = CopyPiece.Of(Item, 3 * CopyPiece.Blocks);
        Assert.Equal(
            "COPY (SELECT \"id\", \"na me\" FROM ONLY \"public\".\"it\"\"em\" WHERE ctid < '(8192,0)'::tid) TO STDOUT", pieces[0].CopyOut);
        Assert.Equal(
            "COPY (SELECT \"id\", \"na me\" FROM ONLY \"public\".\"it\"\"em\" WHERE ctid >= '(8192,0)'::tid AND ctid < '(16384,0)'::tid) "
            + "TO STDOUT", pieces[1].CopyOut);
        Assert.EndsWith("WHERE ctid >= '(16384,0)'::tid) TO STDOUT", pieces[2].CopyOut, StringComparison.Ordinal);
        Assert.Equal("COPY \"public\".\"it\"\"em\" (\"id\", \"na me\") FROM STDIN", pieces[2].CopyIn);
        Assert.EndsWith("\"it\"\"em\") TO STDOUT", CopyPiece.Of(Item, 1)[0].CopyOut, StringComparison.Ordinal);
    }
}
