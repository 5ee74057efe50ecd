using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Groups;

/// <summary>The consumer groups of this broker. They have no members yet: consumers assign themselves and commit offsets.</summary>
sealed class ConsumerGroups
{
    /// <summary>Whether who claims this may commit offsets for the group.</summary>
    public ErrorCode CheckCommit(string group, MemberClaim claim) =>
        group.Length == 0 ? ErrorCode.InvalidGroupId
        : claim.Generation < 0 && claim.MemberId.Length == 0 ? ErrorCode.None
        : ErrorCode.UnknownMemberId;
}
