using KafkaBridge.Wire.Values;

namespace KafkaBridge.Wire.Tests;

public class PostgresFloatTests
{
    const int LeastExponent = -1074;
    const int GreatestExponent = 1023;

    /// <summary>Where .NET's shortest text was found to be another value's.</summary>
    [Fact]
    public void Every_power_of_two_and_its_neighbours_keep_their_value()
    {
        Span<byte> text = stackalloc byte[PostgresFloat.LongestText];
        for (var exponent = LeastExponent; exponent <= GreatestExponent; exponent++)
        {
            var power = Math.ScaleB(1d, exponent);
            foreach (var value in new[] { power, -power, Math.BitIncrement(power), Math.BitDecrement(power) })
            {
                Assert.True(PostgresFloat.TryParse(text[..PostgresFloat.Format(value, text)], out double back) && back == value);
                Assert.True(
                    PostgresFloat.TryParse(text[..PostgresFloat.Format((float)value, text)], out float single) && single == (float)value);
            }
        }
    }
}
