using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using KafkaBridge.Changes;
using KafkaBridge.Wire.Avro;

namespace KafkaBridge.Wire;

/// <summary>
/// The spine's records, by <c>schemas/avro/spine.avsc</c>. A change of that schema raises the format and keeps a reader of
/// the one before: this reader goes by the format, not by the registry.
/// </summary>
public static class SpineCodec
{
    const int Format = 3;
    const int FormatWithoutApplied = 1;
    const int EndOfArray = 0;

    static readonly Lazy<string> Schema = new(ReadSchema);

    public static string SchemaJson => Schema.Value;

    public static void Encode(SpineRecord record, int schemaId, IBufferWriter<byte> output)
    {
        RegistryFraming.Write(output, schemaId);
        var writer = new AvroWriter(output);
        writer.WriteLong(Format);
        writer.WriteLong((int)record.Kind);
        writer.WriteLong(record.Node);
        writer.WriteLong(record.Session);
        writer.WriteLong(record.Epoch);
        writer.WriteLong(record.ConfigVersion);
        writer.WriteLong((long)record.DecodedLsn.Value);
        writer.WriteLong(record.Watermark);
        StartArray(ref writer, record.Transactions.Count);
        foreach (var transaction in record.Transactions)
        {
            Write(ref writer, transaction);
        }

        writer.WriteLong(EndOfArray);
        Write(ref writer, record.Applied ?? []);
        writer.Flush();
    }

    /// <exception cref="WireException">Truncated, foreign, or of a newer format.</exception>
    public static SpineRecord Decode(ReadOnlySpan<byte> framed)
    {
        RegistryFraming.ReadId(framed);
        var reader = new AvroReader(framed[RegistryFraming.Length..]);
        var format = reader.ReadInt();
        if (format is < FormatWithoutApplied or > Format)
        {
            throw new WireException(format > Format
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"The spine record is of format {format}, this version reads up to {Format}: install on this node the version "
                    + $"that the writer runs.")
                : string.Create(CultureInfo.InvariantCulture, $"The spine record says format {format}: damaged or not KafkaBridge's."));
        }

        var record = new SpineRecord
        {
            Kind = (SpineKind)reader.ReadIndex(3),
            Node = reader.ReadInt(),
            Session = reader.ReadInt(),
            Epoch = reader.ReadInt(),
            ConfigVersion = reader.ReadInt(),
            DecodedLsn = ReadLsn(ref reader),
            Watermark = reader.ReadLong(),
            Transactions = ReadTransactions(ref reader, format),
            Applied = format == FormatWithoutApplied ? null : ReadVector(ref reader),
        };
        reader.End();
        return record;
    }

    /// <summary>For those who look back: what is none of the node's is passed over, as it stops those who apply.</summary>
    /// <returns>Null: another node's, or none of ours.</returns>
    public static SpineRecord? DecodeOwn(byte[]? framed, int node)
    {
        try
        {
            return Decode(framed ?? []) is var record && record.Node == node ? record : null;
        }
        catch (WireException)
        {
            return null;
        }
    }

    static void Write(ref AvroWriter writer, SpineTransaction transaction)
    {
        writer.WriteLong((long)transaction.CommitLsn.Value);
        writer.WriteLong(transaction.Xid);
        writer.WriteLong(transaction.CommitTime);
        writer.WriteLong(transaction.VersionTick);
        writer.WriteBoolean(transaction.SelfApply);
        writer.WriteBoolean(transaction.Rewrites);
        writer.WriteLong(transaction.RecordCount);
        StartArray(ref writer, transaction.Extents.Count);
        foreach (var extent in transaction.Extents)
        {
            writer.WriteString(extent.Topic);
            writer.WriteLong(extent.Partition);
            writer.WriteLong(extent.FirstOffset);
            writer.WriteLong(extent.LastOffset);
            writer.WriteLong(extent.Count);
        }

        writer.WriteLong(EndOfArray);
        Write(ref writer, transaction.Vector);
    }

    static void Write(ref AvroWriter writer, IReadOnlyList<Knowledge> vector)
    {
        StartArray(ref writer, vector.Count);
        foreach (var knowledge in vector)
        {
            writer.WriteLong(knowledge.Node);
            writer.WriteLong(knowledge.Position.Epoch);
            writer.WriteLong((long)knowledge.Position.CommitLsn.Value);
            writer.WriteLong(knowledge.Tick);
        }

        writer.WriteLong(EndOfArray);
    }

    static List<SpineTransaction> ReadTransactions(ref AvroReader reader, int format)
    {
        var transactions = new List<SpineTransaction>();
        var before = default(SaidBefore);
        for (var count = reader.ReadBlock(); count > 0; count = reader.ReadBlock())
        {
            for (var i = 0; i < count; i++)
            {
                transactions.Add(new SpineTransaction
                {
                    CommitLsn = ReadLsn(ref reader),
                    Xid = ReadXid(ref reader),
                    CommitTime = reader.ReadLong(),
                    VersionTick = reader.ReadLong(),
                    SelfApply = reader.ReadBoolean(),
                    Rewrites = format >= Format && reader.ReadBoolean(),
                    RecordCount = reader.ReadInt(),
                    Extents = ReadExtents(ref reader, ref before),
                    Vector = ReadVector(ref reader, ref before),
                });
            }
        }

        return transactions;
    }

    static List<SpineExtent> ReadExtents(ref AvroReader reader, ref SaidBefore before)
    {
        var extents = new List<SpineExtent>();
        for (var count = reader.ReadBlock(); count > 0; count = reader.ReadBlock())
        {
            extents.Capacity = extents.Count + count;
            for (var i = 0; i < count; i++)
            {
                var topic = ReadTopic(ref reader, ref before);
                extents.Add(new SpineExtent(topic, reader.ReadInt(), reader.ReadLong(), reader.ReadLong(), reader.ReadInt()));
            }
        }

        return extents;
    }

    static List<Knowledge> ReadVector(ref AvroReader reader, ref SaidBefore before)
    {
        if (before.Vector is { } same && reader.Rest.StartsWith(before.VectorBytes))
        {
            reader.Take(before.VectorBytes.Length);
            return same;
        }

        var rest = reader.Rest;
        before.Vector = ReadVector(ref reader);
        before.VectorBytes = rest[..^reader.Left];
        return before.Vector;
    }

    static List<Knowledge> ReadVector(ref AvroReader reader)
    {
        var vector = new List<Knowledge>();
        for (var count = reader.ReadBlock(); count > 0; count = reader.ReadBlock())
        {
            for (var i = 0; i < count; i++)
            {
                vector.Add(
                    new Knowledge(reader.ReadInt(), new TransactionPosition(reader.ReadInt(), ReadLsn(ref reader)), reader.ReadLong()));
            }
        }

        return vector;
    }

    static Lsn ReadLsn(ref AvroReader reader) => new((ulong)reader.ReadLong());

    static uint ReadXid(ref AvroReader reader) => reader.ReadLong() is var xid and >= 0 and <= uint.MaxValue
        ? (uint)xid
        : throw new WireException("A transaction id has more than 32 bits: the spine record is damaged.");

    static string ReadTopic(ref AvroReader reader, ref SaidBefore before)
    {
        var bytes = reader.ReadBytes();
        if (before.Topic is null || !bytes.SequenceEqual(before.TopicBytes))
        {
            before.Topic = Utf8.IsValid(bytes)
                ? Encoding.UTF8.GetString(bytes)
                : throw new WireException("A topic's name is not UTF-8: the spine record is damaged.");
            before.TopicBytes = bytes;
        }

        return before.Topic;
    }

    /// <summary>What a transaction says as the one before it did is kept once for both: thousands wait for their turn together.</summary>
    ref struct SaidBefore
    {
        public string? Topic;
        public ReadOnlySpan<byte> TopicBytes;
        public List<Knowledge>? Vector;
        public ReadOnlySpan<byte> VectorBytes; // its end included, so what begins with them is this vector
    }

    static void StartArray(ref AvroWriter writer, int count)
    {
        if (count > 0)
        {
            writer.WriteLong(count);
        }
    }

    static string ReadSchema()
    {
        using var stream = typeof(SpineCodec).Assembly.GetManifestResourceStream("spine.avsc")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
