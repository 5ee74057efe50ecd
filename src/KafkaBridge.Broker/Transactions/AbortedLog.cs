using System.Buffers.Binary;
using System.Globalization;
using KafkaBridge.Broker.Log;
using KafkaBridge.Broker.Storage;
using KafkaBridge.Broker.Topics;

namespace KafkaBridge.Broker.Transactions;

/// <summary>
/// What was aborted in each partition, kept until its records are gone: consumers must be told of it as long as they are there.
/// </summary>
sealed class AbortedLog
{
    const string Prefix = "aborted/";

    readonly KeyedLog log;
    readonly TopicTable topics;
    readonly Dictionary<string, byte[]?> unstored = [];
    int known;

    public AbortedLog(KeyedLog log, TopicTable topics)
    {
        this.log = log;
        this.topics = topics;
        var keys = new List<string>();
        foreach (var (key, _) in log.ToList())
        {
            if (key.StartsWith(Prefix, StringComparison.Ordinal))
            {
                keys.Add(key);
            }
        }

        keys.Sort(StringComparer.Ordinal);
        foreach (var key in keys)
        {
            var value = log.Get(key)!;
            var parts = key[Prefix.Length..].Split('/');
            var one = new AbortedTransaction(
                BinaryPrimitives.ReadInt64BigEndian(value),
                BinaryPrimitives.ReadInt64BigEndian(value.AsSpan(8)),
                long.Parse(parts[2], CultureInfo.InvariantCulture));
            if (topics.Find(Guid.ParseExact(parts[0], "N"))?.Partition(int.Parse(parts[1], CultureInfo.InvariantCulture)) is { } partition)
            {
                partition.Transactions.Add(one);
                known++;
            }
            else
            {
                unstored[key] = null; // its topic was deleted
            }
        }
    }

    /// <summary>To be stored with the next <see cref="StoreAsync"/>, whatever happens to the present transaction.</summary>
    public void Note(TransactionPlace place, AbortedTransaction? aborted)
    {
        if (aborted is { } one)
        {
            var value = new byte[16];
            BinaryPrimitives.WriteInt64BigEndian(value, one.ProducerId);
            BinaryPrimitives.WriteInt64BigEndian(value.AsSpan(8), one.First);
            unstored[Key(place.Topic, place.Partition, one)] = value;
            known++;
        }
    }

    /// <exception cref="IOException">The disk refused; it stays to be stored.</exception>
    public async Task StoreAsync()
    {
        if (unstored.Count > 0)
        {
            await log.PutAsync([.. unstored]);
            unstored.Clear();
        }
    }

    /// <summary>Those whose records retention has taken; returns how many.</summary>
    public async Task<int> ForgetAsync()
    {
        foreach (var topic in known > 0 ? topics.All : [])
        {
            for (var n = 0; n < topic.Partitions.Count; n++)
            {
                foreach (var one in topic.Partitions[n].Transactions.TakeBelow(topic.Partitions[n].LogStart))
                {
                    unstored[Key(topic.Id, n, one)] = null;
                    known--;
                }
            }
        }

        var count = unstored.Count;
        await StoreAsync();
        return count;
    }

    static string Key(Guid topic, int partition, AbortedTransaction one) => $"{Prefix}{topic:N}/{partition}/{one.Last:D19}";
}
