using System.Globalization;

namespace KafkaBridge.TestKit;

/// <summary>
/// Damages a good input in every way that a wire, a disk or an enemy does, with a fixed seed. A parser may read the
/// result or refuse it with its own exception; it never fails otherwise, and never takes memory that the bytes don't pay for.
/// </summary>
public static class Mutation
{
    const int Seed = 14_52;
    const int LongestInsertion = 16;

    /// <summary>What an exception with its stack, or a result, may take besides.</summary>
    const long AllowedBytes = 128 * 1024;

    /// <summary>Lengths and counts as formats write them: Avro's varints, and big-endian numbers.</summary>
    static readonly byte[][] Lies =
    [
        [0xfe, 0xff, 0xff, 0xff, 0x0f],
        [0xff, 0xff, 0xff, 0xff, 0x0f],
        [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        [0x7f, 0xff, 0xff, 0xff],
        [0xff, 0xff, 0xff, 0xff],
        [0x80, 0x00, 0x00, 0x00],
        [0x7f, 0xff],
        [0x40, 0x00],
    ];

    /// <typeparam name="TRefusal">The one exception that the parser may throw.</typeparam>
    /// <param name="original">Must be readable; every prefix of it is tried too.</param>
    /// <param name="from">Bytes before it are left alone.</param>
    /// <param name="bytesPerByte">Memory that one byte of the input pays for.</param>
    public static void Try<TRefusal>(byte[] original, Action<byte[]> read, int attempts = 10_000, int from = 0, int bytesPerByte = 256)
        where TRefusal : Exception
    {
        read(original); // also what is allocated once
        for (var length = from; length < original.Length; length++)
        {
            Attempt<TRefusal>(original[..length], read, bytesPerByte);
        }

        var random = new Random(Seed);
        for (var i = 0; i < attempts; i++)
        {
            Attempt<TRefusal>(Damaged(original, from, random), read, bytesPerByte);
        }
    }

    static byte[] Damaged(byte[] original, int from, Random random)
    {
        var at = random.Next(from, original.Length);
        switch (random.Next(5))
        {
            case 0:
                return [.. original[..at], .. Some(random, random.Next(1, LongestInsertion)), .. original[at..]];
            case 1:
                var lie = Lies[random.Next(Lies.Length)];
                return [.. original[..at], .. lie, .. original[Math.Min(original.Length, at + random.Next(lie.Length + 1))..]];
            case 2:
                var until = random.Next(at, original.Length);
                return [.. original[..until], .. original[at..]];
            case 3:
                return [.. original[..at], .. original[random.Next(at, original.Length)..]];
            default:
                var flipped = original.ToArray();
                for (var flips = random.Next(1, 4); flips > 0; flips--)
                {
                    flipped[random.Next(from, flipped.Length)] ^= (byte)(1 << random.Next(8));
                }

                return flipped;
        }
    }

    static byte[] Some(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    static void Attempt<TRefusal>(byte[] input, Action<byte[]> read, int bytesPerByte)
        where TRefusal : Exception
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            read(input);
        }
        catch (TRefusal)
        {
            // refused, as it may be
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"{failure.GetType().Name} on {Convert.ToHexString(input)}", failure);
        }

        var taken = GC.GetAllocatedBytesForCurrentThread() - before;
        if (taken > AllowedBytes + ((long)bytesPerByte * input.Length))
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture, $"{taken} bytes of memory for {input.Length} bytes: {Convert.ToHexString(input)}"));
        }
    }
}
