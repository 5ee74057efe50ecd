using System.Collections.Concurrent;
using System.Security.Cryptography;
using KafkaBridge.Changes;
using KafkaBridge.Kafka.Registry;
using KafkaBridge.Wire;

namespace KafkaBridge.Apply.Reading;

/// <summary>Finds the schema that decodes a record, and puts values together that travelled in pieces.</summary>
sealed class ChangeReader(ISchemaRegistry registry)
{
    readonly ConcurrentDictionary<int, ChangeDecoder> decoders = new(); // one per schema of the cluster's tables

    public async ValueTask<RecordedChange> ReadAsync(DataRecord record, ExtentCursor? chunks, CancellationToken cancellationToken)
    {
        try
        {
            var id = RegistryFraming.ReadId(record.Value.Span);
            if (!decoders.TryGetValue(id, out var decoder))
            {
                decoder = ChangeDecoder.Parse(await registry.GetAsync(id, cancellationToken));
                decoders[id] = decoder;
            }

            if (record.Chunks is not { } header)
            {
                return new RecordedChange(record, decoder, null, record.Bytes);
            }

            var change = Decode(record, decoder);
            var bytes = record.Bytes + await FillAsync(record, change, ChunkHeader.Decode(header), chunks, cancellationToken);
            return new RecordedChange(record, decoder, change, bytes);
        }
        catch (WireException failure)
        {
            throw Damaged(record, failure);
        }
    }

    /// <exception cref="InputException">The record is damaged.</exception>
    public static DecodedChange Decode(DataRecord record, ChangeDecoder decoder)
    {
        try
        {
            return decoder.Decode(record.Value.Span[RegistryFraming.Length..], record.Unchanged);
        }
        catch (WireException failure)
        {
            throw Damaged(record, failure);
        }
    }

    static InputException Damaged(DataRecord record, WireException failure) => new($"{record.Where}: {failure.Message}", failure);

    static async Task<int> FillAsync(
        DataRecord record,
        DecodedChange change,
        IReadOnlyList<ChunkPointer> pointers,
        ExtentCursor? chunks,
        CancellationToken cancellationToken)
    {
        var total = 0L;
        foreach (var pointer in pointers)
        {
            var row = (pointer.InBefore ? change.Before : change.After)
                ?? throw new InputException($"{record.Where}: a chunk belongs to a row image that isn't there");
            if (chunks is null || pointer.Column >= row.Length || pointer.Length is < 0 or > Limits.ChunkedValueBytes)
            {
                throw new InputException(
                    $"{record.Where}: its chunk pointer (column {pointer.Column}, {pointer.Length} bytes) leads nowhere");
            }

            row[pointer.Column] = new ColumnValue(await AssembleAsync(record, pointer, chunks, cancellationToken));
            total += pointer.Length;
        }

        return (int)Math.Min(total, int.MaxValue / 2);
    }

    static async Task<byte[]> AssembleAsync(
        DataRecord record, ChunkPointer pointer, ExtentCursor chunks, CancellationToken cancellationToken)
    {
        var pieces = new List<ReadOnlyMemory<byte>>();
        var length = 0L;
        for (var piece = 0; piece < pointer.Pieces; piece++)
        {
            await chunks.AdvanceAsync(cancellationToken);
            if (chunks.Current is not { } part || part.Header.Ordinal != record.Header.Ordinal
                || length + part.Value.Length > pointer.Length)
            {
                throw new InputException(
                    $"{record.Where}: piece {piece} of {pointer.Pieces} of column {pointer.Column} is not in the chunk topic");
            }

            pieces.Add(part.Value);
            length += part.Value.Length;
        }

        var bytes = new byte[length];
        var at = 0;
        foreach (var piece in pieces)
        {
            piece.Span.CopyTo(bytes.AsSpan(at));
            at += piece.Length;
        }

        return bytes.Length == pointer.Length && SHA256.HashData(bytes).AsSpan().SequenceEqual(pointer.Sha256)
            ? bytes
            : throw new InputException(
                $"{record.Where}: the pieces of column {pointer.Column} don't have the length or SHA-256 the record names");
    }
}
