using System.Collections.Concurrent;
using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Groups;

/// <summary>All groups that have or had members since the broker started, and the clock that they look at.</summary>
sealed class ConsumerGroups(BrokerOptions options, CommittedOffsets offsets)
{
    static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(100);

    readonly ConcurrentDictionary<string, ConsumerGroup> groups = new();
    readonly long startedMs = options.Time.GetUtcNow().ToUnixTimeMilliseconds();

    long NowMs => options.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>With members, or with committed offsets only.</summary>
    public IEnumerable<string> Names => groups.Keys.Union(offsets.Groups).Order(StringComparer.Ordinal);

    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(TickInterval, options.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                foreach (var group in groups.Values)
                {
                    group.Tick(NowMs);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // the broker stops
        }
    }

    /// <summary>Ends when all have joined, or the time for it is over.</summary>
    public Task<JoinResult> JoinAsync(string name, JoinWish wish)
    {
        var refusal = name.Length == 0 ? ErrorCode.InvalidGroupId
            : wish.SessionTimeoutMs < BrokerLimits.LeastSessionMs || wish.SessionTimeoutMs > BrokerLimits.GreatestSessionMs
                ? ErrorCode.InvalidSessionTimeout
            : !groups.ContainsKey(name) && groups.Count >= BrokerLimits.Groups ? ErrorCode.CoordinatorNotAvailable
            : ErrorCode.None;
        return refusal == ErrorCode.None
            ? groups.GetOrAdd(name, _ => new ConsumerGroup(name, options.InitialRebalanceDelay)).JoinAsync(wish, NowMs)
            : Task.FromResult(JoinResult.Refused(refusal, wish.MemberId));
    }

    public Task<SyncResult> SyncAsync(
        string name, MemberClaim claim, string? type, string? protocol, IReadOnlyDictionary<string, byte[]> assignments) =>
        groups.TryGetValue(name, out var group)
            ? group.SyncAsync(claim, type, protocol, assignments, NowMs)
            : Task.FromResult(SyncResult.Refused(ErrorCode.UnknownMemberId));

    public ErrorCode Heartbeat(string name, MemberClaim claim) =>
        groups.TryGetValue(name, out var group) ? group.Heartbeat(claim, NowMs) : ErrorCode.UnknownMemberId;

    public ErrorCode Leave(string name, string memberId, string? instanceId) =>
        groups.TryGetValue(name, out var group) ? group.Leave(memberId, instanceId, NowMs) : ErrorCode.UnknownMemberId;

    /// <summary>Whether who claims this may commit offsets for the group.</summary>
    public ErrorCode CheckCommit(string name, MemberClaim claim) =>
        name.Length == 0 ? ErrorCode.InvalidGroupId
        : groups.TryGetValue(name, out var group) ? group.CheckCommit(claim, NowMs)
        : claim.Generation < 0 && claim.MemberId.Length == 0 ? ErrorCode.None
        : ErrorCode.UnknownMemberId;

    /// <summary>
    /// Forgets offsets past their time: of groups without members, counted from the commit, the last member's end or the broker's
    /// start, whichever came last (members come back after a start, and may have committed nothing for long).
    /// </summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public async Task ExpireOffsetsAsync()
    {
        var before = NowMs - (long)options.OffsetRetention.TotalMilliseconds;
        foreach (var name in offsets.Groups)
        {
            var since = groups.TryGetValue(name, out var group) ? group.EmptySince : 0;
            if (Math.Max(since ?? long.MaxValue, startedMs) < before)
            {
                await offsets.ForgetOlderAsync(name, before);
            }
        }
    }

    /// <summary>Null: there is no such group.</summary>
    public GroupDescription? Describe(string name) =>
        groups.TryGetValue(name, out var group) ? group.Describe()
        : offsets.Get(name).Count > 0 ? new GroupDescription(name, GroupState.Empty, "", "", [])
        : null;

    /// <summary>With its offsets; a group with members stays.</summary>
    public async Task<ErrorCode> DeleteAsync(string name)
    {
        var known = Describe(name);
        if (known is null || known.Members.Count > 0)
        {
            return known is null ? ErrorCode.GroupIdNotFound : ErrorCode.NonEmptyGroup;
        }

        await offsets.ForgetGroupAsync(name);
        groups.TryRemove(name, out _);
        return ErrorCode.None;
    }
}
