using KafkaBridge.Kafka.Registry;

namespace KafkaBridge.Kafka.Tests;

public class RegistryEndpointsTests
{
    [Fact]
    public async Task Answers_what_clients_of_a_registry_ask()
    {
        using var cluster = await TestCluster.WithFirstTopicsAsync();
        await using var registry = await cluster.StartRegistryAsync(0);
        var endpoints = new RegistryEndpoints(registry);
        await AssertAnswer("POST", "/subjects/a-value/versions", """{"schema":"{\"type\":\"int\"}"}""", 200, """{"id":1}""");
        await AssertAnswer("POST", "/subjects/a-value/versions", """{"schema":"{\"type\":\"long\"}"}""", 200, """{"id":1001}""");

        await AssertAnswer("GET", "/subjects", "", 200, """["a-value"]""");
        await AssertAnswer("GET", "/subjects/a-value/versions", "", 200, "[1,1001]");
        await AssertAnswer("GET", "/schemas/types", "", 200, """["AVRO"]""");
        await AssertAnswer("GET", "/config", "", 200, """{"compatibilityLevel":"NONE"}""");
        await AssertAnswer("PUT", "/config/a-value", """{"compatibility":"NONE"}""", 200, """{"compatibility":"NONE"}""");
        await AssertAnswer("GET", "/config/a-value", "", 200, """{"compatibilityLevel":"NONE"}""");
        await AssertAnswer(
            "POST", "/compatibility/subjects/a-value/versions/latest", """{"schema":"{\"type\":\"string\"}"}""", 200,
            """{"is_compatible":true}""");
        await AssertAnswer("GET", "/mode", "", 200, """{"mode":"READWRITE"}""");
        var byId = await Ask("GET", "/schemas/ids/1001", "");
        Assert.StartsWith("""{"schema":"{\u0022type\u0022:\u0022long\u0022}","guid":""", byId.Body, StringComparison.Ordinal);
        var guid = byId.Body.Split("\"guid\":\"")[1].Split('"')[0];
        Assert.Equal(byId, await Ask("GET", $"/schemas/guids/{guid}", ""));
        await AssertAnswer("GET", "/schemas/ids/1001/versions", "", 200, """[{"subject":"a-value","version":1001}]""");
        Assert.Contains("\"id\":1001", (await Ask("GET", "/subjects/a-value/versions/latest", "")).Body, StringComparison.Ordinal);
        Assert.Contains(
            "\"version\":1,",
            (await Ask("POST", "/subjects/a-value", """{"schema":"{ \"type\": \"int\" }"}""")).Body, StringComparison.Ordinal);

        await AssertError("GET", "/subjects/b/versions", "", 404, 40401);
        await AssertError("GET", "/subjects/a-value/versions/2", "", 404, 40402);
        await AssertError("GET", "/subjects/a-value/versions/x", "", 422, 42202);
        await AssertError("GET", "/schemas/ids/5", "", 404, 40403);
        await AssertError("POST", "/subjects/a-value", """{"schema":"{\"type\":\"float\"}"}""", 404, 40403);
        await AssertError("POST", "/subjects/a-value/versions", """{"schema":"{"}""", 422, 42201);
        await AssertError("POST", "/subjects/a-value/versions", "nonsense", 422, 42201);
        await AssertError("POST", "/subjects/a-value/versions", """{"schema":"{}","schemaType":"PROTOBUF"}""", 422, 42201);
        await AssertError("GET", $"/schemas/guids/{Guid.Empty}", "", 404, 40403);
        await AssertError("PUT", "/config/a-value", """{"compatibility":"FULL"}""", 422, 42205);
        await AssertError("PUT", "/config", """{"compatibility":"SOME"}""", 422, 42203);
        await AssertError("DELETE", "/subjects/a-value", "", 404, 404);

        Task<RegistryAnswer> Ask(string method, string path, string body) =>
            endpoints.AnswerAsync(method, path, body, CancellationToken.None);

        async Task AssertAnswer(string method, string path, string body, int status, string answer) =>
            Assert.Equal(new RegistryAnswer(status, answer), await Ask(method, path, body));

        async Task AssertError(string method, string path, string body, int status, int code)
        {
            var answer = await Ask(method, path, body);
            Assert.Equal(status, answer.StatusCode);
            Assert.StartsWith($$"""{"error_code":{{code}},"message":""", answer.Body, StringComparison.Ordinal);
        }
    }
}
