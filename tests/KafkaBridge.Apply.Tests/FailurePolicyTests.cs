using KafkaBridge.Apply.Applying;
using KafkaBridge.Apply.Reading;
using KafkaBridge.TestKit;

namespace KafkaBridge.Apply.Tests;

public sealed class FailurePolicyTests
{
    [Theory]
    [InlineData("40001")]
    [InlineData("40P01")]
    [InlineData("55P03")]
    [InlineData("57P03")]
    [InlineData("08006")]
    [InlineData("53300")]
    public void Passing_troubles_are_tried_again(string state) => Assert.Equal(Verdict.Retry, FailurePolicy.DecideState(state));

    [Theory]
    [InlineData("23505")]
    [InlineData("22P02")]
    [InlineData("42501")]
    [InlineData("XX000")]
    public void All_else_stops_the_origin(string state) => Assert.Equal(Verdict.Stop, FailurePolicy.DecideState(state));

    [Fact]
    public void What_the_log_or_the_tables_say_stops_the_origin()
    {
        Assert.Equal(Verdict.Stop, FailurePolicy.Decide(new InputException("a gap")));
        Assert.Equal(Verdict.Stop, FailurePolicy.Decide(new UnfitChangeException("no such column")));
        Assert.Equal(Verdict.Retry, FailurePolicy.Decide(new PositionMovedException("moved")));
    }

    [Fact]
    public void Progress_never_comes_from_replication_origins()
    {
        var files = Directory.EnumerateFiles(Repository.Path("src"), "*", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Repository.Path("schemas"), "*", SearchOption.AllDirectories))
            .Where(file => Path.GetExtension(file) is ".cs" or ".sql");
        Assert.DoesNotContain(
            files, file => File.ReadAllText(file).Contains("pg_replication_origin_" + "progress", StringComparison.Ordinal)
            || File.ReadAllText(file).Contains("pg_replication_origin_session_" + "progress", StringComparison.Ordinal));
    }
}
