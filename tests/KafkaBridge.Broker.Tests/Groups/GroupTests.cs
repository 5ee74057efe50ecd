using KafkaBridge.Broker.Groups;
using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Tests.Groups;

/// <summary>The rules of rebalances, without a network and without waiting: time is a number.</summary>
public sealed class GroupTests
{
    static readonly Dictionary<string, byte[]> NoAssignments = [];

    readonly ConsumerGroup group = new("g", TimeSpan.Zero);

    [Fact]
    public async Task A_new_dynamic_member_is_given_an_id_first_and_leads_alone()
    {
        var announced = await group.JoinAsync(Wish(""), 0);
        Assert.Equal(ErrorCode.MemberIdRequired, announced.Error);
        var joined = await group.JoinAsync(Wish(announced.MemberId), 0);
        Assert.Equal((ErrorCode.None, 1, announced.MemberId), (joined.Error, joined.Generation, joined.Leader));
        Assert.Single(joined.Members);
        Assert.Equal(GroupState.CompletingRebalance, group.State);
    }

    [Fact]
    public async Task The_leader_assigns_and_all_are_told()
    {
        var (leader, follower) = await TwoAsync();
        var waiting = group.SyncAsync(new(follower.MemberId, 2, null), null, null, NoAssignments, 0);
        Assert.False(waiting.IsCompleted);
        var own = await group.SyncAsync(
            new(leader.MemberId, 2, null), null, null, new Dictionary<string, byte[]> { [leader.MemberId] = [1],
                [follower.MemberId] = [2] }, 0);
        Assert.Equal([1], own.Assignment);
        Assert.Equal([2], (await waiting).Assignment);
        Assert.Equal(GroupState.Stable, group.State);
    }

    [Fact]
    public async Task A_member_that_is_not_heard_of_is_out_and_the_others_rebalance()
    {
        var (leader, follower) = await TwoAsync();
        await SyncAllAsync(leader, follower);
        Assert.Equal(ErrorCode.None, group.Heartbeat(new(leader.MemberId, 2, null), 5_000));
        group.Tick(10_000);
        Assert.Equal(ErrorCode.UnknownMemberId, group.Heartbeat(new(follower.MemberId, 2, null), 10_000));
        Assert.Equal(ErrorCode.RebalanceInProgress, group.Heartbeat(new(leader.MemberId, 2, null), 10_000));
        var again = await group.JoinAsync(Wish(leader.MemberId), 10_000);
        Assert.Equal((3, 1), (again.Generation, again.Members.Count));
    }

    [Fact]
    public async Task Who_does_not_join_again_in_time_is_left_behind()
    {
        var (leader, follower) = await TwoAsync();
        await SyncAllAsync(leader, follower);
        var joining = group.JoinAsync(Wish(leader.MemberId), 1_000);
        Assert.False(joining.IsCompleted);
        group.Tick(1_000 + 30_000);
        Assert.Single((await joining).Members);
    }

    [Fact]
    public async Task A_static_member_comes_back_without_a_rebalance_and_the_old_one_is_fenced()
    {
        var first = await group.JoinAsync(Wish("", instance: "i1"), 0);
        await group.SyncAsync(new(first.MemberId, 1, "i1"), null, null, new Dictionary<string, byte[]> { [first.MemberId] = [9] }, 0);
        var back = await group.JoinAsync(Wish("", instance: "i1"), 1);
        Assert.Equal((ErrorCode.None, 1, true), (back.Error, back.Generation, back.SkipAssignment));
        Assert.NotEqual(first.MemberId, back.MemberId);
        Assert.Equal([9], (await group.SyncAsync(new(back.MemberId, 1, "i1"), null, null, NoAssignments, 1)).Assignment);
        Assert.Equal(ErrorCode.FencedInstanceId, group.Heartbeat(new(first.MemberId, 1, "i1"), 1));
    }

    [Fact]
    public async Task Generations_protocols_and_commits_are_checked()
    {
        var (leader, follower) = await TwoAsync();
        await SyncAllAsync(leader, follower);
        Assert.Equal(ErrorCode.IllegalGeneration, group.Heartbeat(new(leader.MemberId, 1, null), 0));
        Assert.Equal(ErrorCode.IllegalGeneration, group.CheckCommit(new(leader.MemberId, 1, null), 0));
        Assert.Equal(ErrorCode.None, group.CheckCommit(new(leader.MemberId, 2, null), 0));
        Assert.Equal(ErrorCode.UnknownMemberId, group.CheckCommit(new("", -1, null), 0));
        var stranger = Wish("") with { Protocols = [new MemberProtocol("other", [])] };
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, (await group.JoinAsync(stranger, 0)).Error);
    }

    [Fact]
    public async Task The_last_one_to_leave_empties_the_group()
    {
        var (leader, follower) = await TwoAsync();
        await SyncAllAsync(leader, follower);
        Assert.Equal(ErrorCode.None, group.Leave(leader.MemberId, null, 0));
        Assert.Equal(GroupState.PreparingRebalance, group.State);
        Assert.Equal(ErrorCode.None, group.Leave(follower.MemberId, null, 0));
        Assert.Equal(GroupState.Empty, group.State);
        Assert.Equal(ErrorCode.None, group.CheckCommit(new("", -1, null), 0));
    }

    async Task<(JoinResult Leader, JoinResult Follower)> TwoAsync()
    {
        var first = await group.JoinAsync(Wish("") with { NeedsKnownId = false }, 0);
        var second = group.JoinAsync(Wish("") with { NeedsKnownId = false }, 0);
        Assert.False(second.IsCompleted);
        var leader = await group.JoinAsync(Wish(first.MemberId), 0);
        Assert.Equal(2, leader.Members.Count);
        return (leader, await second);
    }

    async Task SyncAllAsync(JoinResult leader, JoinResult follower)
    {
        await group.SyncAsync(new(leader.MemberId, leader.Generation, null), null, null, NoAssignments, 0);
        await group.SyncAsync(new(follower.MemberId, leader.Generation, null), null, null, NoAssignments, 0);
    }

    static JoinWish Wish(string memberId, string? instance = null) =>
        new(memberId, instance, "client", "/127.0.0.1", 10_000, 30_000, "consumer", [new MemberProtocol("range", [1, 2])],
            NeedsKnownId: true);
}
