using Confluent.Kafka;
using KafkaBridge.Changes;
using KafkaBridge.Rows;
using KafkaBridge.Wire;

namespace KafkaBridge.Halts;

/// <summary>Whether a record in a node's partition is none of that node's: only such a record may be left out by itself.</summary>
internal static class ForeignRecord
{
    /// <exception cref="StoppedException">It is the node's own, or of a later version's form: leaving it out would lose
    /// changes.</exception>
    public static void Require(ConsumeResult<byte[], byte[]> record, RecordPlace place, int owner, bool isSpine)
    {
        if (isSpine ? SpineCodec.DecodeOwn(record.Message.Value, owner) is not null : TableRecords.HeaderOf(record)?.Node == owner)
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1083", $"the record {place} is node {owner}'s own: it is not left out by itself",
                place.ToString(),
                "a transaction is applied whole or not at all", "kafkabridge status names the transaction that has halted, if one has");
        }
    }
}
