using System.Text;
using KafkaBridge.Changes;

namespace KafkaBridge.Wire.Tests;

public class HeaderTests
{
    static readonly RecordHeader Header = new(
        RecordFlags.Chunked | RecordFlags.Unchanged, 513, 7, 2, new Lsn(0xFFFF_FFFF_0000_0001), 1_700_000_000_124, int.MaxValue);

    [Fact]
    public void The_record_header_comes_back() => Assert.Equal(Header, RecordHeader.Parse(Header.ToBytes()));

    [Fact]
    public void The_record_header_has_its_bytes_in_place() => Assert.Equal(
        "01060102070000000200000001000000ffffffff7c68e5cf8b010000ffffff7f",
        Convert.ToHexStringLower(Header.ToBytes()));

    [Fact]
    public void A_header_of_a_newer_format_says_what_to_install()
    {
        var bytes = Header.ToBytes();
        bytes[0] = 2;
        Assert.Contains("install", Assert.Throws<WireException>(() => RecordHeader.Parse(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_that_is_cut_or_empty_is_refused()
    {
        for (var length = 0; length < RecordHeader.Length; length++)
        {
            Assert.Throws<WireException>(() => RecordHeader.Parse(Header.ToBytes().AsSpan(0, length)));
        }
    }

    [Fact]
    public void Chunk_pointers_come_back()
    {
        ChunkPointer[] pointers =
        [
            new(0, false, 1L << 40, 1_000_000, [.. Enumerable.Range(0, 32).Select(i => (byte)i)]),
            new(1599, true, 0, 0, new byte[32]),
        ];
        var header = ChunkHeader.Encode(pointers);
        var read = ChunkHeader.Decode(header);
        Assert.Equal(pointers.Select(Plain), read.Select(Plain));
        for (var length = 0; length < header.Length; length++)
        {
            Assert.Throws<WireException>(() => ChunkHeader.Decode(header.AsSpan(0, length)));
        }

        Assert.Throws<WireException>(() => ChunkHeader.Decode([.. header, 0]));

        static (int, bool, long, int, string) Plain(ChunkPointer pointer) =>
            (pointer.Column, pointer.InBefore, pointer.Length, pointer.Pieces, Convert.ToHexString(pointer.Sha256));
    }

    [Fact]
    public void Unchanged_columns_are_listed_from_0()
    {
        Assert.Null(ChangeEncoder.UnchangedHeader(Tables.Row("1", null)));
        ColumnValue[] row = [ColumnValue.Unchanged, ColumnValue.Of("x"), ColumnValue.Unchanged];
        Assert.Equal("0,2", Encoding.UTF8.GetString(ChangeEncoder.UnchangedHeader(row)!));
    }

    [Theory]
    [InlineData("3")]
    [InlineData("-1")]
    [InlineData("1,")]
    [InlineData(",1")]
    [InlineData("x")]
    [InlineData("1;2")]
    [InlineData("99999999999")]
    public void A_foreign_list_of_unchanged_columns_is_refused(string header)
    {
        var record = Tables.Encode(Tables.Orders, 'c', null, Tables.Row("1", "a", "2.00"));
        Assert.Throws<WireException>(() => Tables.Decode(Tables.Orders, record, Encoding.UTF8.GetBytes(header)));
    }

    [Fact]
    public void Framing_is_Confluents()
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        RegistryFraming.Write(output, 258);
        Assert.Equal<byte>([0, 0, 0, 1, 2], output.WrittenSpan.ToArray());
        Assert.Equal(258, RegistryFraming.ReadId(output.WrittenSpan));
        Assert.Throws<WireException>(() => RegistryFraming.ReadId([0, 0, 0, 1]));
        Assert.Throws<WireException>(() => RegistryFraming.ReadId([1, 0, 0, 1, 2]));
    }
}
