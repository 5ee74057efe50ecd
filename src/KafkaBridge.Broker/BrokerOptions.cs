using System.Net;
using System.Security.Cryptography.X509Certificates;
using KafkaBridge.Broker.Security;

namespace KafkaBridge.Broker;

/// <summary>When a produced record counts as stored, for <c>acks=all</c>, and may be read.</summary>
public enum FlushMode
{
    /// <summary>When the file has been synced: it survives a power loss. Several producers share one sync.</summary>
    BeforeAnswer,

    /// <summary>
    /// When it has been handed to the operating system, as Apache Kafka does by default: it survives the broker's end, not the
    /// machine's.
    /// </summary>
    None,
}

/// <summary>How one broker runs.</summary>
public sealed record BrokerOptions
{
    /// <summary>Where the logs are; made if it is not there. One broker at a time.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Where it listens: loopback, unless it is said otherwise; port 0 takes a free one.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 9092);

    /// <summary>What clients are told to connect to; the listening address if null.</summary>
    public string? AdvertisedHost { get; init; }

    /// <summary>With its private key: the listener speaks TLS 1.2 and above, and nothing else. Null: it does not encrypt.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Who may connect, by SCRAM, or PLAIN where there is a certificate. None: everybody.</summary>
    public IReadOnlyList<BrokerUser> Users { get; init; } = [];

    public FlushMode Flush { get; init; } = FlushMode.BeforeAnswer;

    /// <summary>Of topics that are created without a number, or by being asked for.</summary>
    public int DefaultPartitions { get; init; } = 1;

    /// <summary>Whether a client that asks for a topic creates it, if it does not forbid that itself.</summary>
    public bool AutoCreateTopics { get; init; } = true;

    /// <summary>Of one request.</summary>
    public int MaxFrameBytes { get; init; } = 100 << 20;

    /// <summary>Between two looks for what retention and compaction have to do.</summary>
    public TimeSpan CleaningInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a group without members keeps an offset after its last commit, as offsets.retention.minutes of Kafka.</summary>
    public TimeSpan OffsetRetention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long a new consumer group waits for further members before its first assignment.</summary>
    public TimeSpan InitialRebalanceDelay { get; init; } = TimeSpan.Zero;

    /// <summary>For tests of power loss: a file to write down what has been made durable, or null.</summary>
    public string? SyncRecord { get; init; }

    public BrokerFaults Faults { get; init; } = new();

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Takes what an operator should know; never a record's content or a secret.</summary>
    public Action<string> Report { get; init; } = _ => { };
}
