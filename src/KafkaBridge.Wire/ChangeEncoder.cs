using System.Buffers;
using KafkaBridge.Changes;

namespace KafkaBridge.Wire;

public sealed class ChangeEncoder(TableSchema schema, int keySchemaId, int valueSchemaId)
{
    public void EncodeKey(ReadOnlySpan<ColumnValue> row, IBufferWriter<byte> output) => throw new NotImplementedException($"{schema}{keySchemaId}{row.Length}{output}");

    public void EncodeValue(char op, ColumnValue[]? before, ColumnValue[]? after, in ChangeSource source, IBufferWriter<byte> output) =>
        throw new NotImplementedException($"{op}{before}{after}{source}{output}{valueSchemaId}");

    public static byte[]? UnchangedHeader(ReadOnlySpan<ColumnValue> after) => throw new NotImplementedException($"{after.Length}");
}
