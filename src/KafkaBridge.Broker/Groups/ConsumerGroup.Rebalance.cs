using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Groups;

/// <content>How a group gets from one generation to the next. All of it runs under the group's lock.</content>
sealed partial class ConsumerGroup
{
    void Remove(GroupMember member, ErrorCode why, long now)
    {
        member.Refuse(why);
        members.Remove(member.Id);
        if (member.Wish.InstanceId is { } instance && instances.GetValueOrDefault(instance) == member.Id)
        {
            instances.Remove(instance);
        }

        if (leader == member.Id)
        {
            leader = null;
        }

        PrepareRebalance(now);
    }

    void PrepareRebalance(long now)
    {
        if (State != GroupState.PreparingRebalance)
        {
            waitsForDeadline = State == GroupState.Empty && initialDelay > TimeSpan.Zero;
            deadline = now + (waitsForDeadline
                ? (long)initialDelay.TotalMilliseconds
                : members.Values.Select(member => member.Wish.RebalanceTimeoutMs).DefaultIfEmpty(0).Max());
            foreach (var member in members.Values)
            {
                member.AnswerSync(SyncResult.Refused(ErrorCode.RebalanceInProgress));
            }

            State = GroupState.PreparingRebalance;
        }

        CompleteIfAllJoined(now);
    }

    void CompleteIfAllJoined(long now)
    {
        if (State == GroupState.PreparingRebalance && !waitsForDeadline && announced.Count == 0
            && members.Values.All(member => member.Joining is not null))
        {
            CompleteJoin(now);
        }
    }

    void CompleteJoin(long now)
    {
        // Who has not joined again is out; a static member may be away for as long as its session lasts.
        foreach (var late in members.Values.Where(member => member.Joining is null && member.Wish.InstanceId is null).ToList())
        {
            members.Remove(late.Id);
        }

        generation++;
        waitsForDeadline = false;
        var joined = members.Values.Where(member => member.Joining is not null).ToList();
        if (joined.Count == 0)
        {
            State = members.Count == 0 ? GroupState.Empty : GroupState.PreparingRebalance;
            protocol = null;
            protocolType = members.Count == 0 ? null : protocolType;
            emptySince = now;
            return;
        }

        if (leader is null || joined.All(member => member.Id != leader))
        {
            leader = joined[0].Id;
        }

        protocol = Vote();
        State = GroupState.CompletingRebalance;
        deadline = now + members.Values.Max(member => member.Wish.RebalanceTimeoutMs);
        foreach (var member in joined)
        {
            member.HeardOf(now);
            member.AnswerJoin(Result(member));
        }
    }

    // What all know; of these, the one that most members name first.
    string Vote()
    {
        var common = members.Values.Select(member => member.Wish.Protocols.Select(known => known.Name))
            .Aggregate((one, other) => one.Intersect(other)).ToHashSet();
        return members.Values.Select(member => member.Wish.Protocols.First(known => common.Contains(known.Name)).Name)
            .GroupBy(vote => vote).MaxBy(votes => votes.Count())!.Key;
    }

    JoinResult Result(GroupMember member) => new(
        ErrorCode.None, generation, protocolType, protocol, leader ?? "", member.Id,
        member.Id == leader ? [.. members.Values] : []);

    void Assign(IReadOnlyDictionary<string, byte[]> assignments, long now)
    {
        State = GroupState.Stable;
        foreach (var member in members.Values)
        {
            member.Assignment = assignments.GetValueOrDefault(member.Id, []);
            member.HeardOf(now);
            member.AnswerSync(new SyncResult(ErrorCode.None, protocolType, protocol, member.Assignment));
        }
    }
}
