using KafkaBridge.Changes;

namespace KafkaBridge.Postgres.Tests;

public sealed class SqlIdentifierTests
{
    [Theory]
    [InlineData("orders", "\"orders\"")]
    [InlineData("Orders", "\"Orders\"")]
    [InlineData("select", "\"select\"")]
    [InlineData("a\"b", "\"a\"\"b\"")]
    [InlineData("\"", "\"\"\"\"")]
    [InlineData("a.b", "\"a.b\"")]
    [InlineData("'; DROP TABLE x; --", "\"'; DROP TABLE x; --\"")]
    [InlineData("back\\slash", "\"back\\slash\"")]
    [InlineData("naïve 行", "\"naïve 行\"")]
    [InlineData(" ", "\" \"")]
    public void A_name_is_always_quoted(string name, string quoted) => Assert.Equal(quoted, SqlIdentifier.Quote(name));

    [Fact]
    public void Both_parts_of_a_table_name_are_quoted() =>
        Assert.Equal("\"my \"\"schema\"\"\".\"t.x\"", SqlIdentifier.Quote(new RelationName("my \"schema\"", "t.x")));

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public void What_no_name_can_be_is_refused(string name) => Assert.Throws<ArgumentException>(() => SqlIdentifier.Quote(name));

    [Theory]
    [InlineData("", "''")]
    [InlineData("it's", "'it''s'")]
    [InlineData("a\\'b", "E'a\\\\''b'")]
    [InlineData("\\", "E'\\\\'")]
    public void A_text_is_quoted(string text, string quoted) => Assert.Equal(quoted, SqlIdentifier.Literal(text));

    [Fact]
    public void A_zero_byte_is_refused() => Assert.Throws<ArgumentException>(() => SqlIdentifier.Literal("a\0"));
}
