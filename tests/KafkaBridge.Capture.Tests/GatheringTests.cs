namespace KafkaBridge.Capture.Tests;

public sealed class GatheringTests
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    readonly Clock clock = new();
    readonly Gathering gathering;

    public GatheringTests() => gathering = new Gathering(clock);

    [Fact]
    public void A_hundred_transactions_a_second_are_read_as_they_come()
    {
        for (var i = 0; i < 200; i++)
        {
            Assert.False(gathering.IsDue);
            Assert.False(gathering.IsBusy);
            Transaction(TimeSpan.FromMilliseconds(10), 300);
        }
    }

    [Fact]
    public void A_thousand_a_second_are_gathered_until_they_end()
    {
        Many(150);
        Assert.True(gathering.IsDue);
        clock.Pass(2 * Limits.GatherWindow);
        Assert.False(gathering.IsDue);

        Many(1);
        Assert.False(gathering.IsDue);
    }

    [Fact]
    public void What_would_not_fit_into_the_socket_is_read_at_once()
    {
        for (var i = 0; i < 150; i++)
        {
            Transaction(TimeSpan.FromMilliseconds(1), 10_000);
        }

        Assert.False(gathering.IsDue);
        Assert.True(gathering.IsBusy); // yet their records gather into requests
    }

    [Fact]
    public async Task The_first_turn_is_at_once_and_the_next_when_it_is_time()
    {
        Assert.True(gathering.NextAsync(default).IsCompleted);
        clock.Pass(Limits.GatherFor);
        Assert.True(gathering.NextAsync(default).IsCompleted);

        var early = gathering.NextAsync(default);
        Assert.False(early.IsCompleted);
        await early.WaitAsync(Deadline);
    }

    [Fact]
    public async Task Waiting_ends_with_the_session()
    {
        using var stopping = new CancellationTokenSource();
        await gathering.NextAsync(stopping.Token);
        var waiting = gathering.NextAsync(stopping.Token);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    void Many(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Transaction(TimeSpan.FromMilliseconds(1), 600);
        }
    }

    void Transaction(TimeSpan after, int bytes)
    {
        clock.Pass(after);
        gathering.Read(bytes);
        gathering.Committed();
    }

    sealed class Clock : TimeProvider
    {
        long now = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => now;

        public void Pass(TimeSpan time) => now += time.Ticks;
    }
}
