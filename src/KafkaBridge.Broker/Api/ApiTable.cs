using System.Collections.Frozen;
using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Api;

/// <summary>One API: the versions it is served in, the first one with compact lengths and tagged fields, and what does it.</summary>
sealed record ApiEntry(ApiKey Key, short Least, short Greatest, short FlexibleFrom, Func<Request, Task> Handle)
{
    public const short NeverFlexible = short.MaxValue;
}

/// <summary>Every API that is served. Each file of this folder states versions, behaviour and what it leaves out.</summary>
static class ApiTable
{
    static readonly FrozenDictionary<ApiKey, ApiEntry> Entries = new[]
    {
        Produce.Entry, Fetch.Entry, ListOffsets.Entry, Metadata.Entry, OffsetCommit.Entry, OffsetFetch.Entry, FindCoordinator.Entry,
        ApiVersions.Entry, CreateTopics.Entry, DeleteTopics.Entry, DeleteRecords.Entry, InitProducerId.Entry,
        OffsetForLeaderEpoch.Entry, DescribeConfigs.Entry, AlterConfigs.Entry, CreatePartitions.Entry, IncrementalAlterConfigs.Entry,
        DescribeCluster.Entry, JoinGroup.Entry, SyncGroup.Entry, Heartbeat.Entry, LeaveGroup.Entry, DescribeGroups.Entry,
        ListGroups.Entry, DeleteGroups.Entry, OffsetDelete.Entry, SaslHandshake.Entry, SaslAuthenticate.Entry,
        AddPartitionsToTxn.Entry, EndTxn.Entry,
    }.ToFrozenDictionary(entry => entry.Key);

    public static IEnumerable<ApiEntry> All => Entries.Values.OrderBy(entry => entry.Key);

    public static ApiEntry? Find(ApiKey key) => Entries.GetValueOrDefault(key);

    public static Task HandleAsync(Request request) => Entries[request.Key].Handle(request);
}
