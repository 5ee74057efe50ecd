namespace KafkaBridge.Wire;

public static class ChunkHeader
{
    public const string Name = "kafkabridge.chunks";

    public static byte[] Encode(IReadOnlyList<ChunkPointer> pointers) => throw new NotImplementedException();

    public static IReadOnlyList<ChunkPointer> Decode(ReadOnlySpan<byte> header) => throw new NotImplementedException();
}
