using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace KafkaBridge.Kafka.Registry;

/// <summary>
/// The calls that clients of Confluent's schema registry really make, answered from the embedded one: kcat, Kafbat UI and
/// Redpanda Console decode our topics with no other service. Whoever serves HTTP passes method, path and body.
/// </summary>
public sealed class RegistryEndpoints(EmbeddedSchemaRegistry registry)
{
    /// <param name="path">Still percent-encoded, without the query: <c>/subjects/shop.public.orders-value/versions/latest</c>.</param>
    public async Task<RegistryAnswer> AnswerAsync(string method, string path, string body, CancellationToken ct)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString).ToArray();
        try
        {
            return (method, parts) switch
            {
                ("GET", []) => Ok(new JsonObject()),
                ("GET", ["subjects"]) => Subjects(),
                ("GET", ["subjects", var subject, "versions"]) => Versions(subject),
                ("GET", ["subjects", var subject, "versions", var version]) => Version(subject, version),
                ("GET", ["subjects", var subject, "versions", var version, "schema"]) =>
                    new RegistryAnswer(200, At(subject, version).Schema),
                ("POST", ["subjects", var subject, "versions"]) => await RegisterAsync(subject, body, ct),
                ("POST", ["subjects", var subject]) => LookUp(subject, body),
                ("POST", ["compatibility", "subjects", _, "versions", _]) => Ok(new JsonObject { ["is_compatible"] = true }),
                ("GET", ["schemas", "types"]) => Ok(new JsonArray("AVRO")),
                ("GET", ["schemas", "ids", var id]) => Text(await registry.GetAsync(Number(id), ct)),
                ("GET", ["schemas", "guids", var guid]) => Text(Named(guid).Schema),
                ("GET", ["schemas", "ids", var id, "schema"]) => new RegistryAnswer(200, await registry.GetAsync(Number(id), ct)),
                ("GET", ["schemas", "ids", var id, "subjects"]) =>
                    Ok(new JsonArray([.. Uses(Number(id)).Select(use => JsonValue.Create(use.Subject))])),
                ("GET", ["schemas", "ids", var id, "versions"]) => Ok(new JsonArray([.. Uses(Number(id)).Select(Use)])),
                ("GET", ["config"]) or ("GET", ["config", _]) => Ok(new JsonObject { ["compatibilityLevel"] = "NONE" }),
                ("PUT", ["config"]) or ("PUT", ["config", _]) => Level(body),
                ("GET", ["mode"]) or ("GET", ["mode", _]) => Ok(new JsonObject { ["mode"] = "READWRITE" }),
                _ => Error(404, 404, $"HTTP 404 Not Found: the embedded registry has no {method} {path}"),
            };
        }
        catch (SchemaRegistryException error)
        {
            var code = error.Code == 0 ? 50002 : error.Code;
            return Error(code / 100, code, error.Message);
        }
    }

    RegistryAnswer Subjects() => Ok(new JsonArray([.. registry.Subjects().Select(subject => JsonValue.Create(subject))]));

    RegistryAnswer Versions(string subject) =>
        Ok(new JsonArray([.. Known(subject).Select(record => JsonValue.Create(record.Version))]));

    RegistryAnswer Version(string subject, string version) => Ok(Whole(At(subject, version)));

    static RegistryAnswer Text(string schema) =>
        Ok(new JsonObject { ["schema"] = schema, ["guid"] = SchemaTable.Guid(schema).ToString() });

    (int Id, string Schema) Named(string guid) =>
        (Guid.TryParse(guid, out var name) ? registry.Find(name) : null)
            ?? throw new SchemaRegistryException(SchemaRegistryException.SchemaNotFound, $"Schema {guid} not found.");

    /// <summary>NONE is what there is; a level that would refuse a change of the database is not to be had.</summary>
    static RegistryAnswer Level(string body) => Field(body, "compatibility") switch
    {
        "NONE" => Ok(new JsonObject { ["compatibility"] = "NONE" }),
        "BACKWARD" or "BACKWARD_TRANSITIVE" or "FORWARD" or "FORWARD_TRANSITIVE" or "FULL" or "FULL_TRANSITIVE" =>
            throw new SchemaRegistryException(
                SchemaRegistryException.NotPermitted, "The embedded registry has no compatibility levels but NONE: a table that has "
                    + "changed can't be refused."),
        _ => throw new SchemaRegistryException(
            SchemaRegistryException.InvalidLevel, "Invalid compatibility level: the request has the form {\"compatibility\": \"NONE\"}."),
    };

    async Task<RegistryAnswer> RegisterAsync(string subject, string body, CancellationToken ct)
    {
        var id = await registry.RegisterAsync(subject, Schema(body), ct);
        return Ok(new JsonObject { ["id"] = id });
    }

    RegistryAnswer LookUp(string subject, string body)
    {
        var schema = Schema(body);
        Known(subject);
        return registry.Find(subject, schema) is { } record
            ? Ok(Whole(record))
            : throw new SchemaRegistryException(SchemaRegistryException.SchemaNotFound, "Schema not found");
    }

    SchemaRecord At(string subject, string version)
    {
        var known = Known(subject);
        if (version is "latest" or "-1")
        {
            return known[^1];
        }

        if (!int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
        {
            throw new SchemaRegistryException(
                SchemaRegistryException.InvalidVersion, $"The specified version '{version}' is not a valid version id: use a number "
                    + $"from 1, or latest.");
        }

        return known.FirstOrDefault(record => record.Version == number)
            ?? throw new SchemaRegistryException(SchemaRegistryException.VersionNotFound, $"Version {number} not found.");
    }

    IReadOnlyList<SchemaRecord> Known(string subject) =>
        registry.Versions(subject) is { Count: > 0 } known
            ? known
            : throw new SchemaRegistryException(SchemaRegistryException.SubjectNotFound, $"Subject '{subject}' not found.");

    IEnumerable<SchemaRecord> Uses(int id) =>
        registry.Subjects().SelectMany(registry.Versions).Where(record => record.Id == id);

    static JsonObject Use(SchemaRecord record) => new() { ["subject"] = record.Subject, ["version"] = record.Version };

    static JsonObject Whole(SchemaRecord record) =>
        new() { ["subject"] = record.Subject, ["version"] = record.Version, ["id"] = record.Id, ["schema"] = record.Schema };

    static int Number(string id) =>
        int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new SchemaRegistryException(SchemaRegistryException.SchemaNotFound, $"Schema {id} not found: an id is a number.");

    static string Schema(string body)
    {
        if (Field(body, "schemaType") is { } type and not "AVRO")
        {
            throw new SchemaRegistryException(
                SchemaRegistryException.InvalidSchema, $"Schemas of type {type} are not kept here: AVRO only.");
        }

        return Field(body, "schema")
            ?? throw new SchemaRegistryException(
                SchemaRegistryException.InvalidSchema, "The request is not of the form {\"schema\": \"…\"}.");
    }

    /// <summary>Null where the body is no JSON object, or has no such text.</summary>
    static string? Field(string body, string name)
    {
        try
        {
            return (JsonNode.Parse(body) as JsonObject)?[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static RegistryAnswer Ok(JsonNode body) => new(200, body.ToJsonString());

    static RegistryAnswer Error(int status, int code, string message) =>
        new(status, new JsonObject { ["error_code"] = code, ["message"] = message }.ToJsonString());
}
