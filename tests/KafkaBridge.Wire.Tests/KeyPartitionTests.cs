using System.Text;

namespace KafkaBridge.Wire.Tests;

public class KeyPartitionTests
{
    /// <summary>The values of Kafka's own UtilsTest.</summary>
    [Theory]
    [InlineData("21", -973932308)]
    [InlineData("foobar", -790332482)]
    [InlineData("a-little-bit-long-string", -985981536)]
    [InlineData("a-little-bit-longer-string", -1486304829)]
    [InlineData("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971)]
    [InlineData("abc", 479470107)]
    public void Murmur2_is_Javas(string text, int expected) => Assert.Equal(expected, KeyPartition.Murmur2(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void The_schema_id_does_not_move_a_key()
    {
        byte[] one = [0, 0, 0, 0, 1, 42];
        byte[] other = [0, 0, 0, 0, 2, 42];
        Assert.Equal(KeyPartition.Of(one, 3, 8), KeyPartition.Of(other, 3, 8));
        Assert.InRange(KeyPartition.Of(one, 3, 8), 24, 31);
    }

    [Fact]
    public void Without_a_key_the_first_partition_of_the_node() => Assert.Equal(24, KeyPartition.Of([], 3, 8));
}
