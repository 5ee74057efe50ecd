using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using KafkaBridge.Broker.Storage;

namespace KafkaBridge.Broker.Groups;

/// <summary>How far a group says it is in one partition.</summary>
sealed record CommittedOffset(long Offset, int LeaderEpoch, string Metadata, long CommitTime)
{
    const int FixedBytes = 8 + 4 + 8;

    public byte[] Encode()
    {
        var bytes = new byte[FixedBytes + Encoding.UTF8.GetByteCount(Metadata)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, Offset);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(8), LeaderEpoch);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(12), CommitTime);
        Encoding.UTF8.GetBytes(Metadata, bytes.AsSpan(FixedBytes));
        return bytes;
    }

    public static CommittedOffset Decode(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadInt64BigEndian(bytes),
        BinaryPrimitives.ReadInt32BigEndian(bytes[8..]),
        Encoding.UTF8.GetString(bytes[FixedBytes..]),
        BinaryPrimitives.ReadInt64BigEndian(bytes[12..]));
}

readonly record struct TopicPartition(string Topic, int Partition);

/// <summary>
/// All groups' committed offsets: durable before they are acknowledged, and kept until their group or topic is deleted, or until
/// nobody has used them for long.
/// </summary>
sealed class CommittedOffsets : IDisposable
{
    readonly Lock guard = new(); // of groups, and of their order in the log
    readonly KeyedLog log;
    readonly TimeProvider time;
    readonly Dictionary<string, Dictionary<TopicPartition, CommittedOffset>> groups = [];

    public CommittedOffsets(KeyedLog log, TimeProvider time)
    {
        this.log = log;
        this.time = time;
        foreach (var (key, value) in log.ToList())
        {
            var (group, place) = Parse(key);
            Of(group)[place] = CommittedOffset.Decode(value);
        }
    }

    public long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    public List<string> Groups
    {
        get
        {
            lock (guard)
            {
                return [.. groups.Keys];
            }
        }
    }

    /// <summary>What the group has committed; empty for a group that has committed nothing.</summary>
    public IReadOnlyDictionary<TopicPartition, CommittedOffset> Get(string group)
    {
        lock (guard)
        {
            return groups.TryGetValue(group, out var offsets) ? new Dictionary<TopicPartition, CommittedOffset>(offsets) : [];
        }
    }

    /// <summary>Ends when the offsets are durable.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public Task CommitAsync(string group, IReadOnlyList<(TopicPartition Place, CommittedOffset Offset)> offsets) =>
        ChangeAsync(
            [.. offsets.Select(entry => new KeyValuePair<string, byte[]?>(Key(group, entry.Place), entry.Offset.Encode()))],
            () =>
            {
                foreach (var (place, offset) in offsets)
                {
                    Of(group)[place] = offset;
                }
            });

    /// <summary>Forgets these; ends when that is durable.</summary>
    public Task ForgetAsync(string group, IReadOnlyList<TopicPartition> places) =>
        ChangeAsync(
            [.. places.Select(place => new KeyValuePair<string, byte[]?>(Key(group, place), null))],
            () =>
            {
                foreach (var place in places)
                {
                    Of(group).Remove(place);
                }

                if (Of(group).Count == 0)
                {
                    groups.Remove(group);
                }
            });

    /// <summary>Forgets what was committed before; ends when that is durable.</summary>
    public Task ForgetOlderAsync(string group, long before)
    {
        lock (guard) // so that none of them is committed again in between
        {
            var old = Get(group).Where(entry => entry.Value.CommitTime < before).Select(entry => entry.Key).ToList();
            return old.Count > 0 ? ForgetAsync(group, old) : Task.CompletedTask;
        }
    }

    public Task ForgetGroupAsync(string group) => ForgetAsync(group, [.. Get(group).Keys]);

    /// <summary>A topic that is deleted takes its offsets with it.</summary>
    public async Task ForgetTopicAsync(string topic)
    {
        foreach (var group in Groups)
        {
            var places = Get(group).Keys.Where(place => place.Topic == topic).ToList();
            if (places.Count > 0)
            {
                await ForgetAsync(group, places);
            }
        }
    }

    public void Dispose() => log.Dispose();

    async Task ChangeAsync(List<KeyValuePair<string, byte[]?>> changes, Action remember)
    {
        Task durable;
        lock (guard)
        {
            durable = log.PutAsync(changes);
            if (!durable.IsFaulted)
            {
                remember();
            }
        }

        await durable;
    }

    Dictionary<TopicPartition, CommittedOffset> Of(string group)
    {
        if (!groups.TryGetValue(group, out var offsets))
        {
            groups[group] = offsets = [];
        }

        return offsets;
    }

    // Group names may contain anything; their length tells where they end.
    static string Key(string group, TopicPartition place) => $"{group.Length}:{group}{place.Topic}/{place.Partition}";

    static (string Group, TopicPartition Place) Parse(string key)
    {
        var colon = key.IndexOf(':', StringComparison.Ordinal);
        var groupEnd = colon + 1 + int.Parse(key.AsSpan(0, colon), CultureInfo.InvariantCulture);
        var slash = key.LastIndexOf('/');
        return (
            key[(colon + 1)..groupEnd],
            new TopicPartition(key[groupEnd..slash], int.Parse(key.AsSpan(slash + 1), CultureInfo.InvariantCulture)));
    }
}
