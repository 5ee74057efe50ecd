using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Tests.Protocol;

public sealed class BoundsTests
{
    [Fact]
    public void A_declared_count_beyond_the_bytes_left_is_refused_before_anything_is_allocated()
    {
        Assert.Throws<MalformedRequestException>(() => new KafkaReader([0x7F, 0xFF, 0xFF, 0xFF, 0], flexible: false).Count());
        Assert.Throws<MalformedRequestException>(() => new KafkaReader([0, 0, 0, 2, 0, 0, 0], flexible: false).Count(leastElementBytes: 2));
        Assert.Throws<MalformedRequestException>(() => new KafkaReader([0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0], flexible: true).Count());
    }

    [Fact]
    public void Strings_bytes_and_tags_end_within_the_frame()
    {
        Assert.Throws<MalformedRequestException>(() => new KafkaReader([0, 5, 65], flexible: false).String());
        Assert.Throws<MalformedRequestException>(() => new KafkaReader([0x7F, 0xFF, 0xFF, 0xFF], flexible: false).NullableBytes());
        Assert.Throws<MalformedRequestException>(() => new KafkaReader([0xFF, 0xFF, 0xFF, 0xFF, 0x0F], flexible: true).Tags());
        Assert.Throws<MalformedRequestException>(() => new KafkaReader([1, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F], flexible: true).Tags());
        Assert.Throws<MalformedRequestException>(() => new KafkaReader([0x80, 0x80, 0x80, 0x80, 0x80, 0], flexible: true).UnsignedVarint());
    }

    [Fact]
    public void Null_and_empty_differ_in_both_forms()
    {
        Assert.Null(new KafkaReader([0xFF, 0xFF], flexible: false).NullableString());
        Assert.Equal("", new KafkaReader([0, 0], flexible: false).NullableString());
        Assert.Null(new KafkaReader([0], flexible: true).NullableString());
        Assert.Equal("", new KafkaReader([1], flexible: true).NullableString());
        Assert.Equal(-1, new KafkaReader([0], flexible: true).NullableCount());
    }

    [Fact]
    public void The_checksum_is_crc_32c() =>
        Assert.Equal(0xE3069283, RecordBatch.Crc32C("123456789"u8)); // the check value of RFC 3720's polynomial
}
