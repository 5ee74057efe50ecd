using KafkaBridge.Changes;
using KafkaBridge.Wire.Avro;
using KafkaBridge.Wire.Values;

namespace KafkaBridge.Wire.Tests;

public class ChangeRoundTripTests
{
    public static TheoryData<uint, string, string> Values => new()
    {
        { 16, "boolean", "t" }, { 16, "boolean", "f" },
        { 21, "smallint", "-32768" }, { 21, "smallint", "32767" },
        { 23, "integer", "-2147483648" }, { 23, "integer", "2147483647" }, { 23, "integer", "0" },
        { 20, "bigint", "-9223372036854775808" }, { 20, "bigint", "9223372036854775807" },
        { 26, "oid", "4294967295" },
        { 700, "real", "1e+06" }, { 700, "real", "100000" }, { 700, "real", "999999" }, { 700, "real", "1.1754944e-38" },
        { 700, "real", "3.4028235e+38" }, { 700, "real", "1e-45" }, { 700, "real", "0.0001" }, { 700, "real", "1e-05" },
        { 700, "real", "NaN" }, { 700, "real", "Infinity" }, { 700, "real", "-Infinity" }, { 700, "real", "-0" }, { 700, "real", "0" },
        { 700, "real", "-123.456" }, { 700, "real", "0.1" }, { 700, "real", "1.2345678e+07" },
        { 701, "double precision", "1e+15" }, { 701, "double precision", "100000000000000" },
        { 701, "double precision", "0.30000000000000004" },
        { 701, "double precision", "1.7976931348623157e+308" }, { 701, "double precision", "5e-324" }, { 701, "double precision", "-0" },
        { 701, "double precision", "1.2345678901234568e+17" }, { 701, "double precision", "0.00012345" },
        { 701, "double precision", "1.2345e-05" },
        { 701, "double precision", "NaN" }, { 701, "double precision", "Infinity" }, { 701, "double precision", "-Infinity" },
        { 701, "double precision", "-1234.5" }, { 701, "double precision", "10" }, { 701, "double precision", "1e+100" },
        { 701, "double precision", "2.9802322387695312e-08" }, { 701, "double precision", "4.1045368012983762e-289" },
        { 17, "bytea", "\\x" }, { 17, "bytea", "\\x00ff10" },
        { 25, "text", "" }, { 25, "text", "é😀\n\0"[..4] }, { 25, "text", "__debezium_unavailable_value" },
        { 1043, "character varying(10)", "abc" }, { 1042, "character(4)", "ab  " }, { 18, "\"char\"", "x" }, { 19, "name", "orders" },
        { 114, "json", "{ \"b\":1,\n\"a\" : 2 }" }, { 3802, "jsonb", "{\"a\": 1}" }, { 142, "xml", "<a/>" },
        { 2950, "uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11" },
        { 1700, "numeric", "NaN" }, { 1700, "numeric(10,2)", "-1.50" }, 
        { 1082, "date", "4713-01-01 BC" }, { 1082, "date", "5874897-12-31" }, { 1082, "date", "0001-01-01" },
        { 1082, "date", "0001-12-31 BC" },
        { 1082, "date", "2000-02-29" }, { 1082, "date", "1969-12-31" }, { 1082, "date", "infinity" }, { 1082, "date", "-infinity" },
        { 1083, "time without time zone", "24:00:00" }, { 1083, "time without time zone", "00:00:00.000001" },
        { 1083, "time without time zone", "23:59:59.9" }, { 1083, "time(0) without time zone", "12:00:00" },
        { 1114, "timestamp without time zone", "infinity" }, { 1114, "timestamp without time zone", "-infinity" },
        { 1114, "timestamp without time zone", "4713-01-01 00:00:00 BC" },
        { 1114, "timestamp without time zone", "294276-12-31 23:59:59.999999" },
        { 1114, "timestamp without time zone", "1969-12-31 23:59:59.999999" },
        { 1114, "timestamp without time zone", "294247-01-10 04:00:54.775806" },
        { 1114, "timestamp without time zone", "294247-01-10 04:00:54.775807" },
        { 1114, "timestamp without time zone", "294247-01-10 04:00:54.775808" },
        { 1114, "timestamp(0) without time zone", "2026-11-21 14:00:00" },
        { 1184, "timestamp with time zone", "2026-11-21 14:00:00.5+00" }, { 1184, "timestamp with time zone", "2026-11-21 14:00:00+00" },
        { 1184, "timestamp with time zone", "infinity" }, { 1184, "timestamp with time zone", "0044-03-15 12:00:00+00 BC" },
        { 1184, "timestamp with time zone", "10000-01-01 00:00:00.123456+00" }, { 1266, "time with time zone", "14:00:00+05:30" },
        { 1115, "timestamp without time zone[]", "{infinity}" }, { 1186, "interval", "1 mon 2 days" }, { 1009, "text[]", "[0:1]={a,NULL}" },
        { 99999, "public.colour", "red" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void A_value_comes_back(uint oid, string type, string value)
    {
        var relation = Tables.With(oid, type);
        var row = Tables.Row("1", value);
        Assert.Equal(row, Tables.Decode(relation, Tables.Encode(relation, 'c', null, row)).After);
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void A_value_comes_back_from_a_key_column(uint oid, string type, string value)
    {
        var relation = Tables.Table(new RelationColumn("v", oid, -1, type, true));
        var row = Tables.Row(value);
        Assert.Equal(row, Tables.Decode(relation, Tables.Encode(relation, 'd', row, null)).Before);
        Assert.NotEmpty(Tables.EncodeKey(relation, row));
    }

    [Fact]
    public void Random_floats_keep_their_value()
    {
        var random = new Random(20261121);
        var relation = Tables.With(701, "double precision");
        for (var i = 0; i < 2000; i++)
        {
            var value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            var text = value.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
            var back = Tables.Decode(relation, Tables.Encode(relation, 'c', null, Tables.Row("1", text))).After![1].ToString()!;
            Assert.Equal(value, double.Parse(back, System.Globalization.CultureInfo.InvariantCulture));
            Assert.Equal(back, Tables.Decode(relation, Tables.Encode(relation, 'c', null, Tables.Row("1", back))).After![1].ToString());
        }
    }

    [Fact]
    public void Times_are_Debeziums()
    {
        Assert.Equal(Microseconds("2026-11-21T14:00:00.5"), Number(1114, "2026-11-21 14:00:00.5"));
        Assert.Equal(Microseconds("0001-01-01T00:00:00"), Number(1114, "0001-01-01 00:00:00"));
        Assert.Equal(20778, Number(1082, "2026-11-21"));
        Assert.Equal(3_600_000_001, Number(1083, "01:00:00.000001"));
        var zoned = Tables.EncodeKey(Tables.Table(new RelationColumn("v", 1184, -1, "t", true)), Tables.Row("2026-11-21 14:00:00.5+00"));
        Assert.Equal("2026-11-21T14:00:00.5Z", System.Text.Encoding.UTF8.GetString(zoned.AsSpan(RegistryFraming.Length + 1)));

        static long Number(uint oid, string text)
        {
            var reader = new AvroReader(
                Tables.EncodeKey(Tables.Table(new RelationColumn("v", oid, -1, "t", true)), Tables.Row(text))
                    .AsSpan(RegistryFraming.Length));
            return reader.ReadLong();
        }

        static long Microseconds(string text) =>
            (DateTime.Parse(text, System.Globalization.CultureInfo.InvariantCulture) - DateTime.UnixEpoch)
                .Ticks / TimeSpan.TicksPerMicrosecond;
    }

    [Fact]
    public void Every_day_of_thousands_of_years_comes_back()
    {
        Span<byte> text = stackalloc byte[PostgresTime.LongestText];
        for (var days = -2_500_000; days < 3_000_000; days += 7)
        {
            var length = PostgresTime.FormatDate(days, text);
            Assert.True(PostgresTime.TryParseDate(text[..length], out var back) && back == days);
            if (days is > -719162 and < 2932896)
            {
                var expected = DateTime.UnixEpoch.AddDays(days).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
                Assert.Equal(expected, System.Text.Encoding.ASCII.GetString(text[..length]));
            }
        }
    }

    [Fact]
    public void Each_operation_has_its_rows()
    {
        var row = Tables.Row("1", "a", null);
        ColumnValue[] key = [ColumnValue.Of("1"), ColumnValue.Null, ColumnValue.Null];
        Check('c', null, row);
        Check('r', null, row);
        Check('u', null, row);
        Check('u', row, Tables.Row("1", null, "3.00"));
        Check('d', key, null);
        Check('t', null, null);

        static void Check(char op, ColumnValue[]? before, ColumnValue[]? after)
        {
            var read = Tables.Decode(Tables.Orders, Tables.Encode(Tables.Orders, op, before, after));
            Assert.Equal(op, read.Op);
            Assert.Equal(before, read.Before);
            Assert.Equal(after, read.After);
        }
    }

    [Fact]
    public void Unchanged_columns_come_back_as_such()
    {
        var relation = Tables.Table(
            new RelationColumn("id", 20, -1, "bigint", true), new RelationColumn("t", 25, -1, "text", false),
            new RelationColumn("b", 17, -1, "bytea", false), new RelationColumn("a", 1007, -1, "integer[]", false));
        ColumnValue[] row = [ColumnValue.Of("1"), ColumnValue.Unchanged, ColumnValue.Unchanged, ColumnValue.Unchanged];
        var record = Tables.Encode(relation, 'u', null, row);
        Assert.Equal(row, Tables.Decode(relation, record, ChangeEncoder.UnchangedHeader(row)).After);
        Assert.Equal("__debezium_unavailable_value", Tables.Decode(relation, record).After![1].ToString());
    }

    [Fact]
    public void The_decoder_knows_the_table_from_the_schema_alone()
    {
        var relation = new Relation(
            1, new RelationName("Bü.ro", "order \"lines\""), ReplicaIdentity.Default,
            [
                new RelationColumn("line no", 23, -1, "integer", true),
                new RelationColumn("1st", 25, -1, "text", false),
                new RelationColumn("größe", 1700, -1, "numeric", false),
            ]);
        var topic = new TopicNames("my-shop").ForTable(relation.Name);
        var decoder = ChangeDecoder.Parse(TableSchema.For(topic, relation).ValueSchema);
        Assert.Equal(relation.Name, decoder.Relation);
        Assert.Equal(
            [new WireColumn("line no", "integer", true), new WireColumn("1st", "text", false), new WireColumn("größe", "numeric", false)],
            decoder.Columns);
    }

    [Fact]
    public void Columns_that_meet_in_Avro_are_refused() => Assert.Contains(
        "rename",
        Assert.Throws<WireException>(() => TableSchema.For(
            Tables.Topic,
            Tables.Table(new RelationColumn("a b", 25, -1, "text", false), new RelationColumn("a_u0020b", 25, -1, "text", false)))).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData(16, "true")]
    [InlineData(23, "1.5")]
    [InlineData(23, "99999999999")]
    [InlineData(20, "")]
    [InlineData(701, "1,5")]
    [InlineData(17, "\\000")]
    [InlineData(17, "\\xF0")]
    [InlineData(17, "\\x0")]
    [InlineData(1082, "21/11/2026")]
    [InlineData(1082, "2026-02-30")]
    [InlineData(1082, "99999999-01-01")]
    [InlineData(1082, "2026-11-21 x")]
    [InlineData(1083, "24:00:01")]
    [InlineData(1083, "12:00:00.10")]
    [InlineData(1114, "2026-11-21")]
    [InlineData(1114, "2026-11-21 ")]
    [InlineData(1114, "2026-11-21 24:00:00")]
    [InlineData(1114, "Sat Nov 21 14:00:00 2026")]
    public void A_text_of_other_settings_is_refused_without_showing_it(int oid, string value)
    {
        var relation = Tables.With((uint)oid, "t");
        var fault = Assert.Throws<WireException>(() => Tables.Encode(relation, 'c', null, Tables.Row("1", value)));
        Assert.Contains("public.orders", fault.Message, StringComparison.Ordinal);
        Assert.True(value.Length == 0 || !fault.Message.Contains(value, StringComparison.Ordinal));
    }

    [Fact]
    public void A_key_must_have_its_values()
    {
        Assert.Throws<WireException>(() => Tables.EncodeKey(Tables.Orders, Tables.Row(null, "a", "1")));
        Assert.Throws<WireException>(() => Tables.EncodeKey(Tables.Orders, [ColumnValue.Unchanged, ColumnValue.Null, ColumnValue.Null]));
        Assert.Throws<WireException>(() => Tables.Encode(Tables.Orders, 'c', null, Tables.Row(null, "a", "1")));
    }

    [Fact]
    public void A_key_has_its_columns_only() =>
        Assert.Equal<byte>(
            [0, 0, 0, 0, 1, 84], Tables.EncodeKey(Tables.Orders, [ColumnValue.Of("42"), ColumnValue.Null, ColumnValue.Unchanged]));
}
