using KafkaBridge.Wire.Values;

namespace KafkaBridge.Wire.Tests;

public class DecimalTests
{
    [Theory]
    [InlineData(10, 2, "-1.50")]
    [InlineData(10, 2, "0.00")]
    [InlineData(10, 2, "0.05")]
    [InlineData(10, 2, "-0.01")]
    [InlineData(10, 2, "99999999.99")]
    [InlineData(10, 2, "NaN")]
    [InlineData(10, 2, "1.5")]
    [InlineData(10, 0, "128")]
    [InlineData(10, 0, "-128")]
    [InlineData(10, 0, "0")]
    [InlineData(3, 3, "0.999")]
    [InlineData(38, 10, "-1234567890123456789012345678.0123456789")]
    [InlineData(30, 0, "18446744073709551616")]
    public void A_decimal_comes_back(int precision, int scale, string value)
    {
        var relation = Tables.With(1700, $"numeric({precision},{scale})", ((precision << 16) | scale) + 4);
        var row = Tables.Row("1", value);
        var record = Tables.Encode(relation, 'u', row, row);
        var read = Tables.Decode(relation, record);
        Assert.Equal(row, read.Before);
        Assert.Equal(row, read.After);
    }

    [Fact]
    public void The_longest_decimal_comes_back()
    {
        var value = new string('9', 700) + "." + new string('9', 300);
        var relation = Tables.With(1700, "numeric(1000,300)", ((1000 << 16) | 300) + 4);
        Assert.Equal(value, Tables.Decode(relation, Tables.Encode(relation, 'c', null, Tables.Row("1", value))).After![1].ToString());
    }

    [Fact]
    public void A_scale_that_Avro_has_not_travels_as_text()
    {
        Assert.Null(PostgresDecimal.Shape(((3 << 16) | (-2 & 0x7ff)) + 4));
        Assert.Null(PostgresDecimal.Shape(((2 << 16) | 5) + 4));
        Assert.Null(PostgresDecimal.Shape(-1));
        Assert.Equal((10, 2), PostgresDecimal.Shape(655366));
    }
}
