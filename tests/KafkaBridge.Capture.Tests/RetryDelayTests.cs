using KafkaBridge.Kafka.Registry;
using Npgsql;

namespace KafkaBridge.Capture.Tests;

public class RetryDelayTests
{
    [Fact]
    public void A_registry_that_is_away_is_waited_for_ever_longer_and_its_refusal_is_not()
    {
        var retry = new RetryDelay();
        var first = retry.Next(new SchemaRegistryException(SchemaRegistryException.Unreachable, "HTTP 503"));
        var second = retry.Next(new SchemaRegistryException(SchemaRegistryException.Unreachable, "HTTP 503"));

        Assert.True(second > first);
        Assert.Null(retry.Next(new SchemaRegistryException(409, "incompatible")));
    }

    [Theory]
    [InlineData("57P03", true)]
    [InlineData("08006", true)]
    [InlineData("42501", false)]
    public void A_server_that_restarts_is_waited_for_and_its_refusal_is_not(string state, bool waits) =>
        Assert.Equal(waits, new RetryDelay().Next(new PostgresException("", "FATAL", "FATAL", state)) is not null);
}
