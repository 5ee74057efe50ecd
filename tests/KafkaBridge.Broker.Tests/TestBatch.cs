using System.Buffers.Binary;
using System.Text;
using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Tests;

/// <summary>Record batches as a producer makes them, by hand.</summary>
static class TestBatch
{
    public static byte[] Of(params (string? Key, string? Value)[] records) => Of(-1, -1, -1, 1_000, records);

    public static byte[] Of(long producerId, short epoch, int sequence, long timestamp, params (string? Key, string? Value)[] records)
    {
        var body = new MemoryStream();
        for (var i = 0; i < records.Length; i++)
        {
            var record = new MemoryStream();
            record.WriteByte(0);
            Varint(record, 0);
            Varint(record, i);
            Text(record, records[i].Key);
            Text(record, records[i].Value);
            Varint(record, 0);
            Varint(body, record.Length);
            record.WriteTo(body);
        }

        var batch = new byte[RecordBatch.HeaderBytes + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(8), batch.Length - RecordBatch.LengthBytes);
        batch[16] = 2;
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(23), records.Length - 1);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(27), timestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(35), timestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(43), producerId);
        BinaryPrimitives.WriteInt16BigEndian(batch.AsSpan(51), epoch);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(53), sequence);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(57), records.Length);
        body.ToArray().CopyTo(batch, RecordBatch.HeaderBytes);
        RecordBatch.SetChecksum(batch);
        return batch;
    }

    static void Text(MemoryStream stream, string? text)
    {
        var bytes = text is null ? null : Encoding.UTF8.GetBytes(text);
        Varint(stream, bytes?.Length ?? -1);
        stream.Write(bytes ?? []);
    }

    static void Varint(MemoryStream stream, long number)
    {
        var value = (ulong)((number << 1) ^ (number >> 63));
        for (; value >= 0x80; value >>= 7)
        {
            stream.WriteByte((byte)(value | 0x80));
        }

        stream.WriteByte((byte)value);
    }
}
