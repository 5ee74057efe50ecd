using System.Collections.Concurrent;
using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker;

/// <summary>What happens to the next request of an API instead of, or beside, the ordinary.</summary>
public enum FaultKind
{
    /// <summary>The request is handled after the fault's delay.</summary>
    Delay,

    /// <summary>The connection closes before anything is done.</summary>
    DropBefore,

    /// <summary>It is done, then the connection closes: the client can't know.</summary>
    DropAfter,

    /// <summary>Nothing is done; the answer bears the fault's code. Where what was asked for changes nothing, <see cref="Fail"/>.</summary>
    Refuse,

    /// <summary>It is done, and the answer says with the fault's code that it was not.</summary>
    Fail,
}

/// <summary>One fault, for one request.</summary>
public sealed record RequestFault(FaultKind Kind, TimeSpan Delay = default, ErrorCode Code = ErrorCode.None);

/// <summary>
/// Faults for tests of clients: of requests, each met by the next request of that API, in the order given; and of the disk.
/// A broker without faults pays one look at an empty dictionary.
/// </summary>
public sealed class BrokerFaults
{
    static readonly ApiKey[] Refusing =
    [
        ApiKey.Produce, ApiKey.Fetch, ApiKey.OffsetCommit, ApiKey.InitProducerId, ApiKey.JoinGroup, ApiKey.SyncGroup, ApiKey.Heartbeat,
    ];

    readonly ConcurrentDictionary<ApiKey, ConcurrentQueue<RequestFault>> next = new();

    /// <summary>Every write fails as on a full disk.</summary>
    public bool DiskIsFull { get; set; }

    /// <summary>Every sync of a file takes so much longer.</summary>
    public TimeSpan FlushDelay { get; set; }

    /// <exception cref="ArgumentException">The API can't be refused.</exception>
    public void Next(ApiKey api, RequestFault fault)
    {
        if (fault.Kind == FaultKind.Refuse && !Refusing.Contains(api))
        {
            throw new ArgumentException($"{api} can't be refused without being done: use {nameof(FaultKind.Fail)}", nameof(fault));
        }

        next.GetOrAdd(api, _ => new()).Enqueue(fault);
    }

    internal RequestFault? Take(ApiKey api) =>
        !next.IsEmpty && next.TryGetValue(api, out var faults) && faults.TryDequeue(out var fault) ? fault : null;

    internal void ThrowIfDiskIsFull()
    {
        if (DiskIsFull)
        {
            throw new IOException("no space left on device (a fault that a test asked for)");
        }
    }

    internal void DelayFlush()
    {
        if (FlushDelay > TimeSpan.Zero)
        {
            Thread.Sleep(FlushDelay);
        }
    }
}
