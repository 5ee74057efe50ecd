using KafkaBridge.Kafka.Registry;

namespace KafkaBridge.Kafka.Tests;

public class HttpSchemaRegistryTests
{
    const string Schema = """{"type":"record","name":"R","fields":[]}""";

    [Fact]
    public async Task Speaks_with_the_embedded_registrys_endpoints_and_asks_once()
    {
        using var cluster = await TestCluster.WithFirstTopicsAsync();
        await using var embedded = await cluster.StartRegistryAsync(2);
        var endpoints = new RegistryEndpoints(embedded);
        await using var server = new RegistryServer((method, path, body) =>
            endpoints.AnswerAsync(method, path, body, CancellationToken.None));
        await using var registry = new HttpSchemaRegistry(server.Url, "eu:secret");

        Assert.Equal(3, await registry.RegisterAsync("shop/a", Schema, CancellationToken.None));
        Assert.Equal(3, await registry.RegisterAsync("shop/a", Schema, CancellationToken.None));
        Assert.Equal(Schema, await registry.GetAsync(3, CancellationToken.None));
        Assert.Equal(Schema, await registry.GetAsync(3, CancellationToken.None));

        Assert.Equal(
            ["POST /subjects/shop%2Fa", "PUT /config/shop%2Fa", "POST /subjects/shop%2Fa/versions", "GET /schemas/ids/3"], server.Requests);
        Assert.Equal("Basic ZXU6c2VjcmV0", server.Authorization);
        var error = await Assert.ThrowsAsync<SchemaRegistryException>(async () => await registry.GetAsync(9, CancellationToken.None));
        Assert.Equal(SchemaRegistryException.SchemaNotFound, error.Code);
    }

    [Fact]
    public async Task Waits_out_a_registry_that_is_busy()
    {
        var calls = 0;
        await using var server = new RegistryServer((_, _, _) => Task.FromResult(
            ++calls < 3 ? new RegistryAnswer(calls == 1 ? 503 : 429, "{}") : new RegistryAnswer(200, """{"schema":"\"int\""}""")));
        await using var registry = new HttpSchemaRegistry(server.Url, null);

        Assert.Equal("\"int\"", await registry.GetAsync(1, CancellationToken.None));
        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task An_incompatible_schema_is_refused_with_the_registrys_reasons()
    {
        await using var server = new RegistryServer((_, path, _) => Task.FromResult(path switch
        {
            "/subjects/s" => new RegistryAnswer(404, """{"error_code":40403,"message":"Schema not found"}"""),
            "/compatibility/subjects/s/versions/latest" =>
                new RegistryAnswer(200, """{"is_compatible":false,"messages":["READER_FIELD_MISSING"]}"""),
            _ => new RegistryAnswer(409, """{"error_code":409,"message":"incompatible"}"""),
        }));
        await using var registry = new HttpSchemaRegistry(server.Url, null);

        var error = await Assert.ThrowsAsync<SchemaRegistryException>(async () =>
            await registry.RegisterAsync("s", Schema, CancellationToken.None));
        Assert.Contains("READER_FIELD_MISSING", error.Message, StringComparison.Ordinal);
        Assert.Contains("PUT /config/s", error.Message, StringComparison.Ordinal);
    }
}
