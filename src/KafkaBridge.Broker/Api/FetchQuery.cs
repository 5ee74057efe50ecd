using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Api;

/// <summary>A partition as fetch requests name it: by the topic's id since version 13, by its name before.</summary>
readonly record struct FetchKey(string Topic, Guid TopicId, int Partition);

/// <summary>What a client wants of one partition; in a session, also what it was last told.</summary>
sealed class FetchedPartition(FetchKey key)
{
    public FetchKey Key => key;
    public int LeaderEpoch { get; set; }
    public long Offset { get; set; }
    public int MaxBytes { get; set; }
    public long ToldHighWatermark { get; set; } = -1;
    public long ToldLogStart { get; set; } = -1;
}

/// <summary>A fetch request, read.</summary>
sealed class FetchQuery
{
    public TimeSpan MaxWait { get; private init; }
    public int MinBytes { get; private init; }
    public int MaxBytes { get; private init; }
    public bool ReadCommitted { get; private init; }
    public int SessionId { get; private set; }
    public int SessionEpoch { get; private set; } = -1;
    public List<FetchedPartition> Partitions { get; } = [];
    public List<FetchKey> Forgotten { get; } = [];

    public static FetchQuery Read(Request request)
    {
        var reader = request.Read();
        var version = request.Version;
        if (version < 15)
        {
            reader.Int32(); // replica: consumers have none
        }

        var query = new FetchQuery
        {
            MaxWait = TimeSpan.FromMilliseconds(Math.Clamp(reader.Int32(), 0, (int)BrokerLimits.LongPoll.TotalMilliseconds)),
            MinBytes = reader.Int32(),
            MaxBytes = Math.Min(reader.Int32(), BrokerLimits.FetchBytes),
            ReadCommitted = reader.Int8() != 0,
        };
        if (version >= 7)
        {
            query.SessionId = reader.Int32();
            query.SessionEpoch = reader.Int32();
        }

        query.ReadPartitions(ref reader, version);
        if (version >= 7)
        {
            query.ReadForgotten(ref reader, version);
        }

        return query;
    }

    void ReadPartitions(ref KafkaReader reader, short version)
    {
        for (var topics = reader.Count(); topics > 0; topics--)
        {
            var topic = ReadTopic(ref reader, version);
            for (var count = reader.Count(16); count > 0; count--)
            {
                var partition = new FetchedPartition(topic with { Partition = reader.Int32() })
                {
                    LeaderEpoch = version >= 9 ? reader.Int32() : -1,
                    Offset = reader.Int64(),
                };
                if (version >= 12)
                {
                    reader.Int32(); // epoch of the last fetched record: nothing is ever taken back
                }

                if (version >= 5)
                {
                    reader.Int64(); // a follower's log start
                }

                partition.MaxBytes = reader.Int32();
                reader.Tags();
                Partitions.Add(partition);
            }

            reader.Tags();
        }
    }

    void ReadForgotten(ref KafkaReader reader, short version)
    {
        for (var topics = reader.Count(); topics > 0; topics--)
        {
            var topic = ReadTopic(ref reader, version);
            for (var count = reader.Count(4); count > 0; count--)
            {
                Forgotten.Add(topic with { Partition = reader.Int32() });
            }

            reader.Tags();
        }
    }

    static FetchKey ReadTopic(ref KafkaReader reader, short version) =>
        version >= 13 ? new FetchKey("", reader.Uuid(), 0) : new FetchKey(reader.String(), Guid.Empty, 0);
}
