namespace KafkaBridge.Wire.Tests;

/// <summary>
/// Flips bytes of a record with a fixed seed; a reader may refuse with <see cref="WireException"/> or read something,
/// never fail otherwise.
/// </summary>
static class Damage
{
    const int Seed = 14_52;
    const int Attempts = 20_000;

    public static void Try(byte[] record, int from, Action<byte[]> read)
    {
        var random = new Random(Seed);
        for (var i = 0; i < Attempts; i++)
        {
            var damaged = record.ToArray();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
            {
                damaged[random.Next(from, damaged.Length)] = (byte)random.Next(256);
            }

            try
            {
                read(damaged);
            }
            catch (WireException)
            {
                // refused, as it may be
            }
        }
    }
}
