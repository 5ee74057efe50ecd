using System.Diagnostics;
using System.Globalization;
using Confluent.Kafka;
using KafkaBridge.Changes;
using KafkaBridge.Kafka;
using KafkaBridge.Kafka.Nodes;
using KafkaBridge.Kafka.Registry;
using KafkaBridge.Options;
using KafkaBridge.Wire;

namespace KafkaBridge.Rows;

/// <summary>How far back one partition goes.</summary>
/// <param name="First">The first offset that is kept.</param>
/// <param name="Oldest">When its record came to Kafka; null: the partition holds none.</param>
internal sealed record LogReach(string Node, TopicPartition Place, long First, DateTime? Oldest)
{
    public override string ToString() => $"{Node}'s {Place.Topic}/{Place.Partition.Value} " + this switch
    {
        { Oldest: null, First: 0 } => "never held a record",
        { Oldest: null } => "keeps nothing any more",
        { First: 0 } => "is whole",
        _ => string.Create(CultureInfo.InvariantCulture, $"goes back to {Oldest:yyyy-MM-dd HH:mm:ss} UTC (offset {First})"),
    };
}

/// <param name="IsCut">There are more, earlier than these.</param>
/// <param name="Unnamed">Records of the key that no entry of the spine names: unfinished attempts, or older than it is kept.</param>
internal sealed record KeyWrites(IReadOnlyList<LoggedWrite> Writes, IReadOnlyList<LogReach> Reaches, bool IsCut, int Unnamed);

/// <summary>
/// Finds one key's writes in the log: of each node the partition that its key falls in (and the first, which has the table's
/// truncates), then the node's spine, which says what of it counts. Bounded: the newest of each node are kept.
/// </summary>
internal sealed class KeyLog(
    KafkaSettings settings, BridgeOptions options, ISchemaRegistry registry, int perNode, int limit, Action<string> progress) : IDisposable
{
    static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(1);

    readonly PartitionScan scan = new(settings, Wiring.ClientId(options, "row-history"));
    readonly TopicNames topics = Wiring.Topics(options);
    readonly TableRecords records = new(registry);
    readonly Dictionary<int, bool> isSameSchema = []; // of the keys' schemas, by id

    sealed record Candidate(
        RecordPlace Place, RecordHeader Header, char Op, IReadOnlyList<string> Columns, ColumnValue[]? Before, ColumnValue[]? After)
    {
        public TransactionPosition Position => new(Header.Epoch, Header.CommitLsn);
    }

    public async Task<KeyWrites> ReadAsync(RowKey key, IReadOnlyList<NodeClaim> nodes, CancellationToken ct)
    {
        var topic = topics.ForTable(key.Table);
        await scan.RequireTopicAsync(topic, ct);
        var (writes, reaches, isCut, unnamed) = (new List<LoggedWrite>(), new List<LogReach>(), false, 0);
        foreach (var node in nodes)
        {
            var candidates = new List<Candidate>();
            foreach (var partition in new[] { KeyPartition.Of(key.Framed.Span, node.Number, perNode), node.Number * perNode }.Distinct())
            {
                var place = new TopicPartition(topic, partition);
                var (found, reach, more) = await CandidatesAsync(key, node, place, ct);
                candidates.AddRange(found);
                isCut |= more;
                if (reaches.All(one => one.Node != node.Name))
                {
                    reaches.Add(reach);
                }
            }

            var named = await NamedAsync(node, candidates, ct);
            unnamed += candidates.Count - named.Count;
            writes.AddRange(named);
        }

        return new KeyWrites([.. writes.OrderBy(write => write.Stamp).TakeLast(limit)], reaches, isCut || writes.Count > limit, unnamed);
    }

    public void Dispose() => scan.Dispose();

    /// <summary>What the key's partition holds of it, whether it counts or not.</summary>
    async Task<(IEnumerable<Candidate> Found, LogReach Reach, bool IsCut)> CandidatesAsync(
        RowKey key, NodeClaim node, TopicPartition place, CancellationToken ct)
    {
        var newest = new SortedDictionary<ChangePosition, List<Candidate>>(); // several where an attempt was made again
        var isCut = false;
        DateTime? oldest = null;
        var ends = await scan.EndsAsync(place, ct);
        foreach (var record in Watched(place, ends, ct))
        {
            oldest ??= record.Message.Timestamp.UtcDateTime;
            if (TableRecords.HeaderOf(record) is not { } header || header.Node != node.Number
                || await CandidateAsync(key, record, header, ct) is not { } candidate)
            {
                continue;
            }

            var at = new ChangePosition(candidate.Position, header.Ordinal);
            if (!newest.TryGetValue(at, out var same))
            {
                newest.Add(at, same = []);
            }

            same.Add(candidate);
            if (newest.Count > limit)
            {
                newest.Remove(newest.Keys.First());
                isCut = true;
            }
        }

        return (newest.Values.SelectMany(same => same), new LogReach(node.Name, place, ends.Low.Value, oldest), isCut);
    }

    async ValueTask<Candidate?> CandidateAsync(
        RowKey key, ConsumeResult<byte[], byte[]> record, RecordHeader header, CancellationToken ct)
    {
        var isTruncate = header.Flags.HasFlag(RecordFlags.ReservedKey);
        if (!isTruncate && !await MayBeAsync(key, record.Message.Key, ct))
        {
            return null;
        }

        var (decoder, change) = await records.DecodeAsync(record, ct);
        if (!isTruncate && !IsOf(key, decoder, (change.After ?? change.Before)!))
        {
            return null;
        }

        foreach (var pointer in TableRecords.Header(record, ChunkHeader.Name) is { } chunks ? ChunkHeader.Decode(chunks) : [])
        {
            var row = (pointer.InBefore ? change.Before : change.After)!;
            row[pointer.Column] = ColumnValue.Of($"({pointer.Length} bytes in {topics.Chunks})");
        }

        var isWhole = change.Before is { } before
            && !decoder.Columns.Zip(before).All(pair => pair.First.IsKey || pair.Second.Kind == ColumnValueKind.Null);
        return new Candidate(
            new RecordPlace(record.Topic, record.Partition.Value, record.Offset.Value), header, change.Op,
            [.. decoder.Columns.Select(column => column.Name)], isWhole || change.Op != 'd' ? change.Before : null, change.After);
    }

    /// <summary>Whether the bytes of the record's key allow it: of another schema they say nothing.</summary>
    async ValueTask<bool> MayBeAsync(RowKey key, byte[]? framed, CancellationToken ct)
    {
        if (framed is null || framed.Length < RegistryFraming.Length)
        {
            return false;
        }

        if (framed.AsSpan(RegistryFraming.Length).SequenceEqual(key.Encoded))
        {
            return true;
        }

        var id = RegistryFraming.ReadId(framed);
        if (!isSameSchema.TryGetValue(id, out var isSame))
        {
            isSameSchema[id] = isSame = await registry.GetAsync(id, ct) == key.Schema;
        }

        return !isSame;
    }

    static bool IsOf(RowKey key, ChangeDecoder decoder, ColumnValue[] row) =>
        key.Columns.Zip(key.Values).All(wanted => decoder.Columns.Zip(row).Any(
            pair => pair.First.Name == wanted.First && pair.Second.ToString() == wanted.Second));

    /// <summary>Those that a transaction of the spine names, in the attempt that was acknowledged.</summary>
    async Task<List<LoggedWrite>> NamedAsync(NodeClaim node, List<Candidate> candidates, CancellationToken ct)
    {
        var named = new List<LoggedWrite>();
        if (candidates.Count == 0)
        {
            return named;
        }

        var wanted = candidates.ToLookup(candidate => candidate.Position);
        var place = new TopicPartition(topics.Spine, node.Number * perNode);
        var order = new SpineOrder(default);
        foreach (var record in Watched(place, await scan.EndsAsync(place, ct), ct))
        {
            if (SpineCodec.DecodeOwn(record.Message.Value, node.Number) is not { } entry || order.IsStale(entry))
            {
                continue;
            }

            foreach (var transaction in entry.Transactions)
            {
                var position = new TransactionPosition(entry.Epoch, transaction.CommitLsn);
                if (order.Take(position))
                {
                    named.AddRange(wanted[position]
                        .Where(candidate => candidate.Header.Session == entry.Session && Holds(transaction, candidate.Place))
                        .Select(candidate => new LoggedWrite(
                            candidate.Place, candidate.Header, transaction, candidate.Op, candidate.Columns, candidate.Before,
                            candidate.After)));
                }
            }
        }

        return named;
    }

    static bool Holds(SpineTransaction transaction, RecordPlace place) => transaction.Extents.Any(
        extent => extent.Topic == place.Topic && extent.Partition == place.Partition
            && place.Offset >= extent.FirstOffset && place.Offset <= extent.LastOffset);

    /// <summary>The partition's records; of a long one it is told now and then how far it is read.</summary>
    IEnumerable<ConsumeResult<byte[], byte[]>> Watched(TopicPartition place, WatermarkOffsets ends, CancellationToken ct)
    {
        var told = Stopwatch.GetTimestamp();
        foreach (var record in scan.Read(place, ends.Low.Value, ends.High.Value, ct))
        {
            yield return record;
            if (Stopwatch.GetElapsedTime(told) > ProgressEvery)
            {
                told = Stopwatch.GetTimestamp();
                progress(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{place.Topic}/{place.Partition.Value}: {record.Offset.Value - ends.Low.Value:#,0} of "
                    + $"{ends.High.Value - ends.Low.Value:#,0} records"));
            }
        }
    }
}
