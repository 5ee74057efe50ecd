using System.Text;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using KafkaBridge.Kafka.Registry;

namespace KafkaBridge.Kafka.Tests;

public class EmbeddedSchemaRegistryTests
{
    const string Subject = "shop.public.orders-value";

    [Fact]
    public async Task Ids_of_nodes_never_clash_and_an_equal_schema_shares_its_id()
    {
        using var cluster = await TestCluster.WithFirstTopicsAsync();
        await using var zero = await cluster.StartRegistryAsync(0);
        await using var one = await cluster.StartRegistryAsync(1);
        var both = new[] { zero, one };

        var ids = await Task.WhenAll(Enumerable.Range(0, 40).Select(
            n => both[n % 2].RegisterAsync($"s{n % 7}", Schema($"R{n}"), CancellationToken.None).AsTask()));
        Assert.Equal(ids.Length, ids.Distinct().Count());
        for (var n = 0; n < ids.Length; n++)
        {
            Assert.Equal(1 + (n % 2), ids[n] % 1000);
            Assert.Equal(Schema($"R{n}"), await both[(n + 1) % 2].GetAsync(ids[n], CancellationToken.None));
        }

        Assert.Equal(ids[0], await one.RegisterAsync("s0", Schema("R0"), CancellationToken.None));
        Assert.Equal(ids[0], await one.RegisterAsync("another", Schema("R0").Replace(":", " : "
            + "", StringComparison.Ordinal), CancellationToken.None));
    }

    [Fact]
    public async Task A_restarted_node_goes_on_where_it_was()
    {
        using var cluster = await TestCluster.WithFirstTopicsAsync();
        int first;
        await using (var registry = await cluster.StartRegistryAsync(7))
        {
            first = await registry.RegisterAsync(Subject, Schema("A"), CancellationToken.None);
        }

        await using var again = await cluster.StartRegistryAsync(7);
        Assert.Equal(8, first);
        Assert.Equal(first, await again.RegisterAsync(Subject, Schema("A"), CancellationToken.None));
        Assert.Equal(1008, await again.RegisterAsync(Subject, Schema("B"), CancellationToken.None));
    }

    [Fact]
    public async Task Two_processes_of_one_node_end_with_different_ids()
    {
        using var cluster = await TestCluster.WithFirstTopicsAsync();
        await using var one = await cluster.StartRegistryAsync(3);
        await using var other = await cluster.StartRegistryAsync(3);

        var ids = await Task.WhenAll(
            one.RegisterAsync(Subject, Schema("A"), CancellationToken.None).AsTask(),
            other.RegisterAsync(Subject, Schema("B"), CancellationToken.None).AsTask());

        await using var reader = await cluster.StartRegistryAsync(4);
        Assert.Equal(Schema("A"), await reader.GetAsync(ids[0], CancellationToken.None));
        Assert.Equal(Schema("B"), await reader.GetAsync(ids[1], CancellationToken.None));
    }

    [Fact]
    public async Task An_unknown_id_is_an_error_after_the_log_was_read_to_its_end()
    {
        using var cluster = await TestCluster.WithFirstTopicsAsync();
        await using var registry = await cluster.StartRegistryAsync(0);
        var error = await Assert.ThrowsAsync<SchemaRegistryException>(async () => await registry.GetAsync(4711, CancellationToken.None));
        Assert.Equal(SchemaRegistryException.SchemaNotFound, error.Code);
        Assert.Contains("4711", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_has_Confluents_record_format()
    {
        using var cluster = await TestCluster.WithFirstTopicsAsync();
        await using var registry = await cluster.StartRegistryAsync(0);
        await registry.RegisterAsync(Subject, Schema("A"), CancellationToken.None);

        var config = cluster.Settings.Consumer("test", "test");
        using var consumer = new ConsumerBuilder<byte[], byte[]>(config).Build();
        consumer.Assign(new TopicPartitionOffset(cluster.Topics.Schemas, 0, Offset.Beginning));
        var record = consumer.Consume(TimeSpan.FromSeconds(20));

        Assert.Equal($$"""{"keytype":"SCHEMA","subject":"{{Subject}}","version":1,"magic":1}""",
            Encoding.UTF8.GetString(record.Message.Key));
        var value = JsonNode.Parse(record.Message.Value)!.AsObject();
        Assert.Equal(["subject", "version", "id", "schema", "deleted"], value.Select(pair => pair.Key));
        Assert.Equal(Schema("A"), (string?)value["schema"]);
    }

    static string Schema(string name) => $$"""{"type":"record","name":"{{name}}","fields":[]}""";
}
