using System.Buffers;
using KafkaBridge.Changes;

namespace KafkaBridge.Wire;

public static class SpineCodec
{
    public static string SchemaJson => throw new NotImplementedException();

    public static void Encode(SpineRecord record, int schemaId, IBufferWriter<byte> output) => throw new NotImplementedException($"{record}{schemaId}{output}");

    public static SpineRecord Decode(ReadOnlySpan<byte> framed) => throw new NotImplementedException($"{framed.Length}");
}
