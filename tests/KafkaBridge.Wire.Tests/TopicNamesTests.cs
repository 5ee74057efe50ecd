using KafkaBridge.Changes;

namespace KafkaBridge.Wire.Tests;

public class TopicNamesTests
{
    readonly TopicNames names = new("shop");

    [Theory]
    [InlineData("public", "orders", "shop.public.orders")]
    [InlineData("public", "a.b", "shop.public.a_u002eb")]
    [InlineData("public", "a_user", "shop.public.a_u005fuser")]
    [InlineData("public", "a_b-c", "shop.public.a_b-c")]
    [InlineData("büro", "x y", "shop.b_u00fcro.x_u0020y")]
    [InlineData("public", "internal", "shop.public._u0069nternal")]
    [InlineData("public", "not-internal", "shop.public.not-_u0069nternal")]
    [InlineData("public", "is_internal", "shop.public.is_internal")]
    [InlineData("public", "😀", "shop.public._ud83d_ude00")]
    public void A_table_has_a_name_that_Kafka_takes(string schema, string table, string expected) =>
        Assert.Equal(expected, names.ForTable(new RelationName(schema, table)));

    [Fact]
    public void A_long_name_is_cut_and_stays_its_own()
    {
        var one = names.ForTable(new RelationName("public", new string('é', 63)));
        var other = names.ForTable(new RelationName("public", new string('é', 62) + "è"));
        Assert.Equal(200, one.Length);
        Assert.NotEqual(one, other);
        Assert.Equal(one[..184], other[..184]);
    }

    [Fact]
    public void What_looks_escaped_is_escaped() =>
        Assert.NotEqual(names.ForTable(new RelationName("public", "a b")), names.ForTable(new RelationName("public", "a_u0020b")));
}
