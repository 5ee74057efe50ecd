using KafkaBridge.Apply.Reading;

namespace KafkaBridge.Apply.Tests;

public sealed class ByteBudgetTests
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(1000)]
    public async Task Who_waits_goes_on_however_little_is_given_back_at_a_time(int wanted)
    {
        var budget = new ByteBudget(100);
        for (var i = 0; i < 10; i++)
        {
            await budget.TakeAsync(10, default);
        }

        var waiting = budget.TakeAsync(wanted, default).AsTask();
        Assert.False(waiting.IsCompleted);
        for (var i = 0; i < 10; i++)
        {
            budget.Release(10);
        }

        await waiting.WaitAsync(Deadline);
    }
}
