using System.Buffers.Binary;

namespace KafkaBridge.Broker.Protocol;

/// <summary>The marker at the end of a producer's transaction in a partition: a batch of one record that no consumer is shown.</summary>
static class ControlBatch
{
    const short Transactional = 0x10;
    const short Control = 0x20;

    // Length 16; no attributes, two deltas of zero; a key of two numbers, version 0 and the kind; a value of version 0 and the
    // coordinator's epoch, which does not change here; no headers. Lengths are zigzag.
    static readonly byte[] Record = [32, 0, 0, 0, 8, 0, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0];
    const int KindAt = 8;

    public static byte[] Of(long producerId, short epoch, bool isCommit, long timestamp)
    {
        var batch = new byte[RecordBatch.HeaderBytes + Record.Length];
        Record.CopyTo(batch, RecordBatch.HeaderBytes);
        batch[RecordBatch.HeaderBytes + KindAt] = isCommit ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(8), batch.Length - RecordBatch.LengthBytes);
        batch[16] = 2;
        BinaryPrimitives.WriteInt16BigEndian(batch.AsSpan(21), Transactional | Control);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(27), timestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(35), timestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(43), producerId);
        BinaryPrimitives.WriteInt16BigEndian(batch.AsSpan(51), epoch);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(53), -1);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(57), 1);
        RecordBatch.SetChecksum(batch);
        return batch;
    }
}
