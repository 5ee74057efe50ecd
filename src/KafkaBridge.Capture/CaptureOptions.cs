using KafkaBridge.Changes;
using KafkaBridge.Kafka.Nodes;

namespace KafkaBridge.Capture;

/// <summary>What one node's capture needs to know. Fixed while it runs.</summary>
public sealed record CaptureOptions
{
    public required string Cluster { get; init; }
    public required string Node { get; init; }
    public required int NodeNumber { get; init; }

    /// <summary>The node's incarnation, as the node's claim and its database have it.</summary>
    public required int Epoch { get; init; }

    /// <summary>Partitions that the node owns of every topic of data (k).</summary>
    public int PerNode { get; init; } = 1;

    public required string ConnectionString { get; init; }
    public required string Database { get; init; }

    /// <summary>The replicated tables; a change of any other table in the publications is not published.</summary>
    public required IReadOnlyList<RelationName> Tables { get; init; }

    /// <summary>
    /// Those of them of which the node applies all its own changes to itself: their rules need a row's history, or foreign keys refer to
    /// values besides their keys.
    /// </summary>
    public IReadOnlySet<RelationName> SelfApplied { get; init; } = new HashSet<RelationName>();

    public required int ConfigVersion { get; init; }

    /// <summary>The last transaction of this node that any peer has reported as applied.</summary>
    public Func<TransactionPosition> AppliedByPeers { get; init; } = static () => default;

    /// <summary>The clock of another node's server that shows the latest time; null: none has told.</summary>
    public Func<PeerClock?> FurthestPeer { get; init; } = static () => null;

    /// <summary>How far this server's clock may be ahead of that.</summary>
    public TimeSpan MaxSkew { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How far the promise stays behind the server's clock; a commit that takes longer is lifted.</summary>
    public TimeSpan WatermarkSlack { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The least max.message.bytes of the topics: a record above it sends its large columns in pieces.</summary>
    public int RecordBytesMax { get; init; } = 1_000_000;
}
