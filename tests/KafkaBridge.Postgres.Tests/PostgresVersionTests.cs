namespace KafkaBridge.Postgres.Tests;

public sealed class PostgresVersionTests
{
    [Theory]
    [InlineData(130021, false)]
    [InlineData(140000, true)]
    [InlineData(180001, true)]
    [InlineData(190000, false)]
    public void Fourteen_to_eighteen_are_supported(int number, bool supported) =>
        Assert.Equal(supported, new PostgresVersion(number).IsSupported);

    [Theory]
    [InlineData(140017, true)]
    [InlineData(140018, false)]
    [InlineData(150012, true)]
    [InlineData(150013, false)]
    [InlineData(160008, true)]
    [InlineData(160009, false)]
    [InlineData(170004, true)]
    [InlineData(170005, false)]
    [InlineData(180000, false)]
    public void Minor_releases_that_lose_changes_are_known(int number, bool loses) =>
        Assert.Equal(loses, new PostgresVersion(number).LosesChanges);

    [Theory]
    [InlineData(150013, false, false, false, "max_replication_slots")]
    [InlineData(160009, true, false, false, "max_replication_slots")]
    [InlineData(170005, true, true, false, "max_replication_slots")]
    [InlineData(180000, true, true, true, "max_active_replication_origins")]
    public void What_a_version_can_do(int number, bool origin, bool failover, bool generated, string limit)
    {
        var version = new PostgresVersion(number);
        Assert.Equal(
            (origin, failover, generated, limit),
            (version.HasOriginOption, version.HasFailoverSlots, version.PublishesGeneratedColumns, version.OriginLimitSetting));
    }

    [Fact]
    public void It_is_written_as_people_write_it() => Assert.Equal("15.13", new PostgresVersion(150013).ToString());
}
