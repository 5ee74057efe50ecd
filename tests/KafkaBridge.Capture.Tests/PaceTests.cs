namespace KafkaBridge.Capture.Tests;

public sealed class PaceTests
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Who_comes_too_often_waits_until_the_window_is_over_and_no_longer()
    {
        var pace = new Pace(3, TimeSpan.FromSeconds(2));
        Assert.True(pace.NextAsync(default).IsCompleted);
        Assert.True(pace.NextAsync(default).IsCompleted);
        Assert.True(pace.NextAsync(default).IsCompleted);
        var fourth = pace.NextAsync(default);
        Assert.False(fourth.IsCompleted);

        await fourth.WaitAsync(Deadline);
        Assert.True(pace.NextAsync(default).IsCompleted);
    }

    [Fact]
    public async Task Waiting_ends_with_the_session()
    {
        using var stopping = new CancellationTokenSource();
        var pace = new Pace(0, TimeSpan.FromHours(1));
        var waiting = pace.NextAsync(stopping.Token);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }
}
