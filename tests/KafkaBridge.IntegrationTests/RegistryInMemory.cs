using System.Text.Json.Nodes;
using KafkaBridge.Kafka.Registry;
using KafkaBridge.Kafka.Tests;

namespace KafkaBridge.IntegrationTests;

/// <summary>A schema registry over HTTP that keeps what it was told while it is away.</summary>
sealed class RegistryInMemory : IAsyncDisposable
{
    readonly List<(string Subject, string Schema)> schemas = []; // the id is the place, from 1
    RegistryServer? server;

    public RegistryInMemory()
    {
        var free = new RegistryServer(AnswerAsync);
        (Url, server) = (free.Url, free);
    }

    public Uri Url { get; }

    /// <summary>It answers 503 to everything, as a proxy does whose registry is gone.</summary>
    public bool IsBroken { get; set; }

    public async Task StopAsync()
    {
        await server!.DisposeAsync();
        server = null;
    }

    public void StartAgain() => server = new RegistryServer(AnswerAsync, Url);

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            await StopAsync();
        }
    }

    Task<RegistryAnswer> AnswerAsync(string method, string path, string body) => Task.FromResult(
        IsBroken ? new RegistryAnswer(503, "") : Answer(method, path.Split('/', StringSplitOptions.RemoveEmptyEntries), body));

    RegistryAnswer Answer(string method, string[] path, string body)
    {
        var schema = body.Length > 0 ? (string?)JsonNode.Parse(body)!["schema"] : null;
        switch (method, path)
        {
            case ("PUT", ["config", _]):
                return new RegistryAnswer(200, body);
            case ("POST", ["subjects", var subject]):
                return schemas.IndexOf((subject, schema!)) is >= 0 and var at ? Id(at + 1)
                    : schemas.Exists(one => one.Subject == subject) ? Refusal(SchemaRegistryException.SchemaNotFound)
                    : Refusal(SchemaRegistryException.SubjectNotFound);
            case ("POST", ["subjects", var subject, "versions"]):
                schemas.Add((subject, schema!));
                return Id(schemas.Count);
            case ("GET", ["schemas", "ids", var id]) when int.TryParse(id, out var number) && number <= schemas.Count:
                return new RegistryAnswer(200, new JsonObject { ["schema"] = schemas[number - 1].Schema }.ToJsonString());
            default:
                return Refusal(SchemaRegistryException.SchemaNotFound);
        }
    }

    static RegistryAnswer Id(int id) => new(200, new JsonObject { ["id"] = id }.ToJsonString());

    static RegistryAnswer Refusal(int code) => new(404, new JsonObject { ["error_code"] = code, ["message"] = "not here" }.ToJsonString());
}
