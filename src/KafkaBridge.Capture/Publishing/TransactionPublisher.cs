using System.Buffers;
using System.Globalization;
using Confluent.Kafka;
using KafkaBridge.Capture.Reading;
using KafkaBridge.Changes;
using KafkaBridge.Wire;

namespace KafkaBridge.Capture.Publishing;

/// <summary>
/// Encodes and produces each change as it is decoded: nothing of a transaction stays here. The values of a change are
/// valid until the next message is read, so everything is in records when a call returns.
/// </summary>
sealed class TransactionPublisher(
    CaptureOptions options, TopicNames topics, TableEncoders encoders, SourceCatalog catalog, RecordProducer producer,
    Signal complete, int session)
{
    readonly ArrayBufferWriter<byte> key = new();
    readonly ArrayBufferWriter<byte> value = new();

    int FirstPartition => options.NodeNumber * options.PerNode;

    int ValueBytesMax => options.RecordBytesMax - Limits.RecordOverhead;

    /// <returns>False where the table is not replicated: nothing was produced.</returns>
    public ValueTask<TableEncoder?> TableAsync(Change change, CancellationToken ct) => encoders.ForAsync(change.Relation, ct);

    public async ValueTask PublishAsync(PendingTransaction transaction, TableEncoder table, Change change, Lsn lsn, CancellationToken ct)
    {
        if (options.SelfApplied.Contains(change.Relation.Name))
        {
            transaction.MarkSelfApply();
        }

        switch (change)
        {
            case Insert insert:
                await ProduceAsync(transaction, table, new RowRecord('c', null, insert.New, insert.Ordinal, lsn), ct);
                break;
            case Update update:
                await PublishAsync(transaction, table, update, lsn, ct);
                break;
            case Delete delete:
                transaction.MarkSelfApply();
                await ProduceAsync(transaction, table, new RowRecord('d', delete.Old, null, delete.Ordinal, lsn), ct);
                break;
            case Truncate truncate:
                transaction.MarkSelfApply();
                await ProduceAsync(transaction, table, new RowRecord('t', null, null, truncate.Ordinal, lsn), ct);
                break;
        }
    }

    async ValueTask PublishAsync(PendingTransaction transaction, TableEncoder table, Update update, Lsn lsn, CancellationToken ct)
    {
        var row = await FullImages.CompleteAsync(update, transaction.Begin.Xid, catalog, ct);
        if (!KeyChange.Is(update))
        {
            if (ReleasedValues.Any(update))
            {
                transaction.MarkSelfApply();
            }

            var before = update.OldIsKeyOnly ? null : update.Old;
            await ProduceAsync(transaction, table, new RowRecord('u', before, row, update.Ordinal, lsn), ct);
            return;
        }

        transaction.MarkSelfApply();
        await ProduceAsync(transaction, table, new RowRecord('d', update.Old, null, update.Ordinal, lsn), ct);
        await ProduceAsync(transaction, table, new RowRecord('c', null, row, update.Ordinal + 1, lsn), ct);
    }

    async ValueTask ProduceAsync(PendingTransaction transaction, TableEncoder table, RowRecord record, CancellationToken ct)
    {
        key.ResetWrittenCount();
        if (table.Relation.HasKey && record.KeyRow is { } keyRow)
        {
            table.Encoder.EncodeKey(keyRow, key);
        }

        var flags = record.Op == 't' ? RecordFlags.ReservedKey : RecordFlags.None;
        var unchanged = record.After is null ? null : ChangeEncoder.UnchangedHeader(record.After);
        if (unchanged is not null)
        {
            flags |= RecordFlags.Unchanged;
        }

        var chunked = WithoutHuge(table.Relation, record);
        if (chunked is not null)
        {
            flags |= RecordFlags.Chunked;
        }

        Encode(transaction, table, chunked?.Record ?? record);
        while (key.WrittenCount + value.WrittenCount > ValueBytesMax)
        {
            chunked ??= new ChunkedRow(record, ValueBytesMax);
            if (!chunked.TakeLargest(table.Relation))
            {
                throw new CaptureRefusedException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"A row of {table.Relation.Name} in the transaction at {transaction.Begin.CommitLsn} takes {value.WrittenCount} "
                    + $"bytes even without its "
                    + $"large columns; the topic takes {options.RecordBytesMax}. Raise max.message.bytes of {table.Topic} and "
                    + $"record_bytes_max."));
            }

            Encode(transaction, table, chunked.Record);
            flags |= RecordFlags.Chunked;
        }

        var header = new RecordHeader(
            flags, options.NodeNumber, session, options.Epoch, transaction.Begin.CommitLsn, transaction.Tick, record.Ordinal).ToBytes();
        if (chunked is not null)
        {
            await ProducePiecesAsync(transaction, chunked, header, ct);
        }

        var headers = new Headers { { RecordHeader.Name, header } };
        if (unchanged is not null)
        {
            headers.Add(UnchangedHeader.Name, unchanged);
        }

        if (chunked is not null)
        {
            headers.Add(ChunkHeader.Name, ChunkHeader.Encode(chunked.Pointers));
        }

        var partition = KeyPartition.Of(key.WrittenSpan, options.NodeNumber, options.PerNode);
        var message = new Message<byte[], byte[]>
        {
            Key = key.WrittenCount == 0 ? null! : key.WrittenSpan.ToArray(),
            Value = value.WrittenSpan.ToArray(),
            Headers = headers,
        };
        transaction.Produced();
        var sent = new SentRecord(producer, complete, transaction, table.Events, record.Op, RecordProducer.Size(message));
        await producer.ProduceAsync(new TopicPartition(table.Topic, partition), message, sent, transaction.Gathers, ct);
    }

    /// <summary>What can't fit whatever its encoding isn't encoded first to see: that would take as much memory once more.</summary>
    ChunkedRow? WithoutHuge(Relation relation, RowRecord record)
    {
        var huge = ValueBytesMax * Limits.TextToEncoded;
        if (!IsAnyLonger(record.Before, huge) && !IsAnyLonger(record.After, huge))
        {
            return null;
        }

        var chunked = new ChunkedRow(record, ValueBytesMax);
        while (chunked.TakeLargest(relation, huge))
        {
        }

        return chunked.Pointers.Count == 0 ? null : chunked;
    }

    static bool IsAnyLonger(ColumnValue[]? row, int length) => row is not null && Array.Exists(row, value => value.Text.Length > length);

    async ValueTask ProducePiecesAsync(PendingTransaction transaction, ChunkedRow chunked, byte[] header, CancellationToken ct)
    {
        var place = new TopicPartition(topics.Chunks, FirstPartition);
        foreach (var piece in chunked.Pieces())
        {
            var message = new Message<byte[], byte[]> { Value = piece.ToArray(), Headers = new Headers { { RecordHeader.Name, header } } };
            transaction.Produced();
            var sent = new SentRecord(producer, complete, transaction, null, 'k', RecordProducer.Size(message));
            await producer.ProduceAsync(place, message, sent, transaction.Gathers, ct);
        }
    }

    void Encode(PendingTransaction transaction, TableEncoder table, RowRecord record)
    {
        value.ResetWrittenCount();
        var begin = transaction.Begin;
        var now = (DateTime.UtcNow.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        var source = new ChangeSource(
            options.Node, options.Database, begin.CommitLsn, record.Lsn, begin.Xid, begin.CommitTime, now);
        table.Encoder.EncodeValue(record.Op, record.Before, record.After, source, value);
    }
}
