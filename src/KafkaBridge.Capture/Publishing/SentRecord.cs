using Confluent.Kafka;

namespace KafkaBridge.Capture.Publishing;

/// <summary>
/// A data record on its way: whose it is, and what it takes of the bound. Beside what Kafka's client keeps, the only object that
/// lives until Kafka has answered, so it holds no values.
/// </summary>
/// <param name="complete">Set when the transaction has become complete by this record.</param>
/// <param name="events">Counts the record by its kind; null for a piece of a row.</param>
sealed class SentRecord(RecordProducer producer, Signal complete, PendingTransaction transaction, EventCounts? events, char op, long size)
{
    public long Size => size;

    public void Answered(DeliveryReport<byte[], byte[]> report)
    {
        if (!producer.DataDelivered(report, size))
        {
            return;
        }

        events?.Add(op);
        if (transaction.Acknowledged(report.Topic, report.Partition.Value, report.Offset.Value))
        {
            complete.Set();
        }
    }
}
