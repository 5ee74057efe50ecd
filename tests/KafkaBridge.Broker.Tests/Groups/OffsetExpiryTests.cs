using KafkaBridge.Broker.Groups;
using KafkaBridge.Broker.Storage;

namespace KafkaBridge.Broker.Tests.Groups;

/// <summary>Committed offsets go when nobody has used them for the retention time, and not before.</summary>
public sealed class OffsetExpiryTests : IDisposable
{
    static readonly TopicPartition Place = new("t", 0);

    readonly TestFolder folder = new();
    readonly DiskThreads disk = new(1);
    readonly Clock clock = new();
    readonly CommittedOffsets offsets;
    readonly ConsumerGroups groups;

    public OffsetExpiryTests()
    {
        var log = KeyedLog.Open(Path.Combine(folder.Path, "offsets.log"), disk, new BrokerFaults());
        offsets = new CommittedOffsets(log, clock);
        groups = new ConsumerGroups(
            new BrokerOptions { DataFolder = folder.Path, Time = clock, OffsetRetention = TimeSpan.FromHours(1) }, offsets);
    }

    public void Dispose()
    {
        offsets.Dispose();
        disk.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task An_offset_goes_an_hour_after_its_commit_and_a_younger_one_of_the_same_group_stays()
    {
        await CommitAsync(Place);
        clock.Now += TimeSpan.FromMinutes(50);
        await CommitAsync(Place with { Partition = 1 });
        clock.Now += TimeSpan.FromMinutes(9);
        await groups.ExpireOffsetsAsync();
        Assert.Equal(2, offsets.Get("g").Count);
        clock.Now += TimeSpan.FromMinutes(2);
        await groups.ExpireOffsetsAsync();
        Assert.Equal([1], offsets.Get("g").Keys.Select(place => place.Partition));
    }

    [Fact]
    public async Task A_group_with_members_keeps_its_offsets_and_an_hour_after_the_last_one_left_they_go()
    {
        await CommitAsync(Place);
        var wish = new JoinWish("", "instance", "client", "/host", 1_800_000, 1_000, "consumer", [new MemberProtocol("range", [])],
            NeedsKnownId: false);
        var member = (await groups.JoinAsync("g", wish)).MemberId;
        clock.Now += TimeSpan.FromHours(2);
        await groups.ExpireOffsetsAsync();
        Assert.Single(offsets.Get("g"));
        groups.Leave("g", member, "instance");
        await groups.ExpireOffsetsAsync();
        Assert.Single(offsets.Get("g"));
        clock.Now += TimeSpan.FromMinutes(61);
        await groups.ExpireOffsetsAsync();
        Assert.Empty(offsets.Get("g"));
    }

    [Fact]
    public async Task After_a_start_members_have_the_retention_time_to_come_back()
    {
        await CommitAsync(Place);
        clock.Now += TimeSpan.FromHours(2);
        var started = new ConsumerGroups(
            new BrokerOptions { DataFolder = folder.Path, Time = clock, OffsetRetention = TimeSpan.FromHours(1) }, offsets);
        await started.ExpireOffsetsAsync();
        Assert.Single(offsets.Get("g"));
    }

    Task CommitAsync(TopicPartition place) =>
        offsets.CommitAsync("g", [(place, new CommittedOffset(7, -1, "", offsets.NowMs))]);

    sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch.AddYears(50);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
