using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Groups;

/// <summary>Kafka's own names, as DescribeGroups shows them.</summary>
enum GroupState
{
    Empty,
    PreparingRebalance,
    CompletingRebalance,
    Stable,
}

/// <summary>
/// One group's members and their rebalances, in the classic protocol: all join, the leader assigns, all are told. Its state is what
/// its lock guards; who must wait is answered when the state moves on. Members are forgotten when the broker ends: they join again.
/// </summary>
sealed partial class ConsumerGroup(string name, TimeSpan initialDelay)
{
    readonly Lock guard = new(); // of everything below
    readonly Dictionary<string, GroupMember> members = [];
    readonly Dictionary<string, string> instances = []; // of static members: instance to member
    readonly Dictionary<string, long> announced = []; // given an id, not joined yet: until when
    string? leader;
    string? protocolType;
    string? protocol;
    int generation;
    long deadline; // of the rebalance
    long emptySince;
    bool waitsForDeadline; // a new group waits for more members

    public string Name => name;

    public GroupState State { get; private set; }

    public Task<JoinResult> JoinAsync(JoinWish wish, long now)
    {
        lock (guard)
        {
            if (!IsConsistent(wish))
            {
                return Refused(ErrorCode.InconsistentGroupProtocol, wish.MemberId);
            }

            if (wish.MemberId.Length == 0)
            {
                return wish.InstanceId is not null && instances.TryGetValue(wish.InstanceId, out var old)
                    ? ReplaceStatic(members[old], wish, now)
                    : JoinNew(wish, now);
            }

            if (announced.Remove(wish.MemberId))
            {
                return Add(wish.MemberId, wish, now);
            }

            var error = Check(new MemberClaim(wish.MemberId, -1, wish.InstanceId), withGeneration: false);
            return error == ErrorCode.None ? Rejoin(members[wish.MemberId], wish, now) : Refused(error, wish.MemberId);
        }
    }

    public Task<SyncResult> SyncAsync(
        MemberClaim claim, string? type, string? name, IReadOnlyDictionary<string, byte[]> assignments, long now)
    {
        lock (guard)
        {
            var error = Check(claim, withGeneration: true);
            if (error == ErrorCode.None && ((type is not null && type != protocolType) || (name is not null && name != protocol)))
            {
                error = ErrorCode.InconsistentGroupProtocol;
            }

            if (error == ErrorCode.None && State == GroupState.PreparingRebalance)
            {
                error = ErrorCode.RebalanceInProgress;
            }

            if (error != ErrorCode.None)
            {
                return Task.FromResult(SyncResult.Refused(error));
            }

            var member = members[claim.MemberId];
            member.HeardOf(now);
            if (State == GroupState.Stable)
            {
                return Task.FromResult(new SyncResult(ErrorCode.None, protocolType, protocol, member.Assignment));
            }

            var answer = member.SyncAsync();
            if (member.Id == leader)
            {
                Assign(assignments, now);
            }

            return answer;
        }
    }

    public ErrorCode Heartbeat(MemberClaim claim, long now)
    {
        lock (guard)
        {
            var error = Check(claim, withGeneration: true);
            if (error != ErrorCode.None)
            {
                return error;
            }

            members[claim.MemberId].HeardOf(now);
            return State == GroupState.PreparingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
        }
    }

    public ErrorCode Leave(string memberId, string? instanceId, long now)
    {
        lock (guard)
        {
            if (announced.Remove(memberId))
            {
                CompleteIfAllJoined(now);
                return ErrorCode.None;
            }

            if (instanceId is not null && memberId.Length == 0)
            {
                memberId = instances.GetValueOrDefault(instanceId, "");
            }

            var error = Check(new MemberClaim(memberId, -1, instanceId), withGeneration: false);
            if (error == ErrorCode.None)
            {
                Remove(members[memberId], ErrorCode.UnknownMemberId, now);
            }

            return error;
        }
    }

    /// <summary>Whether who claims this may commit offsets now.</summary>
    public ErrorCode CheckCommit(MemberClaim claim, long now)
    {
        lock (guard)
        {
            if (claim.Generation < 0 && claim.MemberId.Length == 0)
            {
                return State == GroupState.Empty ? ErrorCode.None : ErrorCode.UnknownMemberId;
            }

            var error = Check(claim, withGeneration: true);
            if (error != ErrorCode.None)
            {
                return error;
            }

            members[claim.MemberId].HeardOf(now);
            return State == GroupState.CompletingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
        }
    }

    /// <summary>What time alone brings about: members that have gone, rebalances that waited long enough.</summary>
    public void Tick(long now)
    {
        lock (guard)
        {
            foreach (var (id, until) in announced.ToList())
            {
                if (until <= now)
                {
                    announced.Remove(id);
                    CompleteIfAllJoined(now);
                }
            }

            foreach (var member in members.Values.Where(member => !member.IsWaiting && member.ExpiresAt <= now).ToList())
            {
                Remove(member, ErrorCode.UnknownMemberId, now);
            }

            if (deadline > now)
            {
                return;
            }

            if (State == GroupState.PreparingRebalance)
            {
                CompleteJoin(now);
            }
            else if (State == GroupState.CompletingRebalance)
            {
                foreach (var late in members.Values.Where(member => member.Syncing is null).ToList())
                {
                    Remove(late, ErrorCode.UnknownMemberId, now);
                }
            }
        }
    }

    /// <summary>Since when it has had no members; null while it has some.</summary>
    public long? EmptySince
    {
        get
        {
            lock (guard)
            {
                return State == GroupState.Empty && announced.Count == 0 ? emptySince : null;
            }
        }
    }

    public GroupDescription Describe()
    {
        lock (guard)
        {
            var shown = members.Values.Select(member =>
                new MemberDescription(member.Id, member.Wish, member.Metadata(protocol), member.Assignment));
            return new GroupDescription(name, State, protocolType ?? "", State == GroupState.Stable ? protocol ?? "" : "", [.. shown]);
        }
    }

    bool IsConsistent(JoinWish wish) =>
        wish.Protocols.Count > 0 && wish.ProtocolType.Length > 0
        && (members.Count == 0 || (wish.ProtocolType == protocolType
            && wish.Protocols.Any(offered => members.Values.All(member =>
                member.Id == wish.MemberId || member.Wish.Protocols.Any(known => known.Name == offered.Name)))));

    ErrorCode Check(MemberClaim claim, bool withGeneration)
    {
        if (claim.InstanceId is { } instance && instances.TryGetValue(instance, out var holder) && holder != claim.MemberId)
        {
            return ErrorCode.FencedInstanceId;
        }

        return !members.ContainsKey(claim.MemberId) ? ErrorCode.UnknownMemberId
            : withGeneration && claim.Generation != generation ? ErrorCode.IllegalGeneration
            : ErrorCode.None;
    }

    static Task<JoinResult> Refused(ErrorCode error, string memberId) => Task.FromResult(JoinResult.Refused(error, memberId));

    Task<JoinResult> JoinNew(JoinWish wish, long now)
    {
        if (members.Count + announced.Count >= BrokerLimits.MembersPerGroup)
        {
            return Refused(ErrorCode.GroupMaxSizeReached, "");
        }

        var id = $"{(wish.InstanceId ?? wish.ClientId)[..Math.Min(100, (wish.InstanceId ?? wish.ClientId).Length)]}-{Guid.NewGuid()}";
        if (wish.NeedsKnownId && wish.InstanceId is null)
        {
            announced[id] = now + wish.SessionTimeoutMs;
            return Refused(ErrorCode.MemberIdRequired, id);
        }

        return Add(id, wish, now);
    }

    Task<JoinResult> Add(string id, JoinWish wish, long now)
    {
        var member = new GroupMember(id, wish);
        members[id] = member;
        protocolType = wish.ProtocolType;
        if (wish.InstanceId is not null)
        {
            instances[wish.InstanceId] = id;
        }

        member.HeardOf(now);
        var answer = member.JoinAsync();
        PrepareRebalance(now);
        return answer;
    }

    // A static member that comes back under its instance's name: the old one is fenced; nobody else notices if it wants the same.
    Task<JoinResult> ReplaceStatic(GroupMember old, JoinWish wish, long now)
    {
        old.Refuse(ErrorCode.FencedInstanceId);
        members.Remove(old.Id);
        var member = new GroupMember($"{wish.InstanceId}-{Guid.NewGuid()}", wish) { Assignment = old.Assignment };
        members[member.Id] = member;
        instances[wish.InstanceId!] = member.Id;
        member.HeardOf(now);
        var wasLeader = leader == old.Id;
        if (wasLeader)
        {
            leader = member.Id;
        }

        if (State == GroupState.Stable && old.HasSameProtocols(wish))
        {
            return Task.FromResult(Result(member) with { SkipAssignment = wasLeader });
        }

        var answer = member.JoinAsync();
        PrepareRebalance(now);
        return answer;
    }

    Task<JoinResult> Rejoin(GroupMember member, JoinWish wish, long now)
    {
        var same = member.HasSameProtocols(wish);
        member.Wish = wish;
        member.HeardOf(now);
        if ((State == GroupState.CompletingRebalance && same) || (State == GroupState.Stable && same && member.Id != leader))
        {
            return Task.FromResult(Result(member)); // the answer was lost
        }

        var answer = member.JoinAsync();
        PrepareRebalance(now);
        return answer;
    }
}
