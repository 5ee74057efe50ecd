using System.Buffers.Binary;

namespace KafkaBridge.Wire;

/// <summary>
/// Which of its own partitions a node writes a key to: node·k + murmur2(key after its prefix) mod k, as Java's
/// clients hash.
/// </summary>
public static class KeyPartition
{
    const uint Seed = 0x9747b28c;
    const uint M = 0x5bd1e995;
    const int R = 24;

    /// <param name="framedKey">
    /// With the registry's prefix, which isn't hashed: a schema's id must not move a key. Empty: no key, the
    /// node's first partition.
    /// </param>
    public static int Of(ReadOnlySpan<byte> framedKey, int node, int perNode)
    {
        var first = node * perNode;
        return framedKey.IsEmpty ? first : first + ((Murmur2(framedKey[RegistryFraming.Length..]) & 0x7fffffff) % perNode);
    }

    internal static int Murmur2(ReadOnlySpan<byte> data)
    {
        var hash = Seed ^ (uint)data.Length;
        while (data.Length >= 4)
        {
            var k = BinaryPrimitives.ReadUInt32LittleEndian(data) * M;
            k ^= k >> R;
            hash = (hash * M) ^ (k * M);
            data = data[4..];
        }

        if (data.Length > 0)
        {
            for (var i = data.Length - 1; i >= 0; i--)
            {
                hash ^= (uint)data[i] << (8 * i);
            }

            hash *= M;
        }

        hash = (hash ^ (hash >> 13)) * M;
        return (int)(hash ^ (hash >> 15));
    }
}
