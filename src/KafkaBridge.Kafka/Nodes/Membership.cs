using System.Text;
using Confluent.Kafka;
using KafkaBridge.Wire;

namespace KafkaBridge.Kafka.Nodes;

/// <summary>
/// Who belongs to the cluster, under which number, what all have agreed on, and how far each has applied the others:
/// the topic <c>cluster.nodes</c>, read from its beginning and followed. The first claim of a number or name in the log wins.
/// </summary>
public sealed class Membership : IAsyncDisposable
{
    readonly string topic;
    readonly LogWriter writer;
    volatile MembershipTable table = MembershipTable.Empty; // written by the reader alone
    volatile LogReader? reader; // null while what was there before is being read

    Membership(string topic, LogWriter writer)
    {
        this.topic = topic;
        this.writer = writer;
    }

    /// <summary>In order of their numbers.</summary>
    public IReadOnlyList<NodeClaim> Nodes => [.. table.Nodes.Values];

    /// <summary>Null until the first node has published one.</summary>
    public PublishedConfig? Config => table.Config;

    /// <summary>By node name.</summary>
    public IReadOnlyDictionary<string, AppliedReport> Reports => table.Reports;

    /// <summary>As told since the log was opened: what was there before is of an unknown age.</summary>
    public PeerClocks Clocks { get; } = new(TimeProvider.System);

    /// <summary>Records that are none of the cluster's, which are passed over; a place and a reason each.</summary>
    public IReadOnlyList<string> Foreign => Reader.Foreign;

    LogReader Reader => reader ?? throw new InvalidOperationException("The log is not being read.");

    /// <summary>
    /// Returns when the log has been read to its present end. The topic must be there: see <see
    /// cref="Topics.TopicPlan.First"/>.
    /// </summary>
    public static async Task<Membership> OpenAsync(KafkaSettings settings, TopicNames topics, CancellationToken ct)
    {
        var clientId = KafkaSettings.ClientId(topics.Cluster, Environment.MachineName, "membership");
        var membership = new Membership(topics.Nodes, new LogWriter(settings, clientId, new TopicPartition(topics.Nodes, 0)));
        try
        {
            membership.reader = await LogReader.StartAsync(settings, clientId, new TopicPartition(topics.Nodes, 0), membership.Read, ct);
            return membership;
        }
        catch
        {
            await membership.DisposeAsync();
            throw;
        }
    }

    /// <summary>Reads to the log's present end.</summary>
    public Task RefreshAsync(CancellationToken ct) => Reader.ReadToEndAsync(ct);

    /// <summary>
    /// The node's claim: the one in the log if this database holds the name already, else a new one under the next free
    /// number.
    /// </summary>
    /// <exception cref="MembershipException">The name belongs to another database.</exception>
    public async Task<NodeClaim> ClaimAsync(string name, string systemIdentifier, uint databaseOid, CancellationToken ct)
    {
        await RefreshAsync(ct);
        for (var attempt = 0; attempt < Limits.Races; attempt++)
        {
            var now = table;
            if (now.Named(name) is { } known)
            {
                return known.SystemIdentifier == systemIdentifier && known.DatabaseOid == databaseOid
                    ? known
                    : throw Taken(known, systemIdentifier, databaseOid);
            }

            if (now.NextNumber >= Limits.Nodes)
            {
                throw new MembershipException($"{topic}: all {Limits.Nodes} node numbers have been given out; numbers are never used "
                    + $"again.");
            }

            var claim = new NodeClaim(name, now.NextNumber, systemIdentifier, databaseOid, Epoch: 1, Guid.NewGuid());
            await AppendAsync(MembershipRecord.ClaimKey(claim), MembershipRecord.Write(claim), ct);
        }

        throw new MembershipException($"{topic}: node {name} found no free number in {Limits.Races} attempts.");
    }

    /// <summary>Publishes a claim's new epoch, or the system its node moved to. Name, number and token stay.</summary>
    public async Task RenewAsync(NodeClaim claim, CancellationToken ct)
    {
        await AppendAsync(MembershipRecord.NodeKey(claim), MembershipRecord.Write(claim), ct);
        if (!table.Nodes.TryGetValue(claim.Number, out var stands) || stands.Token != claim.Token)
        {
            throw new MembershipException($"{topic}: number {claim.Number} is not node {claim.Name}'s claim {claim.Token:N}; the "
                + $"renewal has no effect.");
        }
    }

    /// <summary>Publishes the next version; publishing what stands already changes nothing.</summary>
    /// <exception cref="MembershipException">Another configuration has this version or a higher one.</exception>
    public async Task PublishConfigAsync(PublishedConfig config, CancellationToken ct)
    {
        await RefreshAsync(ct);
        if (Config is null || Config.Version < config.Version)
        {
            await AppendAsync(MembershipRecord.ConfigKey(config), MembershipRecord.Write(config), ct);
        }

        if (Config is { } stands && (stands.Version != config.Version || stands.Hash != config.Hash))
        {
            throw new MembershipException(
                $"{topic}: the cluster's configuration is version {stands.Version} (hash {stands.Hash}), not the version {config.Version} "
                + $"(hash {config.Hash}) published here: another node was first. Run kafkabridge plan and apply again.");
        }
    }

    /// <summary>Publishes how far this node has applied the others; the last report of a node stands.</summary>
    public Task ReportAsync(AppliedReport report, CancellationToken ct) =>
        AppendAsync(MembershipRecord.ReportKey(report), MembershipRecord.Write(report), ct);

    public async ValueTask DisposeAsync()
    {
        if (reader is not null)
        {
            await reader.DisposeAsync();
        }

        writer.Dispose();
    }

    MembershipException Taken(NodeClaim known, string systemIdentifier, uint databaseOid) => new(
        $"{topic}: node {known.Name} (number {known.Number}) is the database with system identifier {known.SystemIdentifier}, oid "
            + $"{known.DatabaseOid}; "
        + $"this one has system identifier {systemIdentifier}, oid {databaseOid}. Give this node another name, or point {known.Name} "
            + $"at its own database.");

    async Task AppendAsync(string key, byte[] value, CancellationToken ct)
    {
        var offset = await writer.AppendAsync(Encoding.UTF8.GetBytes(key), value, ct);
        await Reader.ReachAsync(offset + 1, ct); // what counts is what came back through the log
    }

    void Read(ConsumeResult<byte[], byte[]> result)
    {
        var before = table;
        table = before.With(result.Message.Key, result.Message.Value);
        if (reader is not null && !ReferenceEquals(table.Reports, before.Reports))
        {
            foreach (var report in table.Reports.Values.Where(
                report => report.ReportedAt > 0 && !ReferenceEquals(report, before.Reports.GetValueOrDefault(report.Node))))
            {
                Clocks.Note(report.Node, report.ReportedAt);
            }
        }
    }
}
