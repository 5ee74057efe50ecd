using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using KafkaBridge.Changes;

namespace KafkaBridge.Kafka.Nodes;

/// <summary>
/// The records of <c>cluster.nodes</c>, JSON with text keys. Keys of claims and configurations hold who wrote them, so
/// compaction never takes one of two that race, and "the first in the log" means the same for every reader for ever.
/// </summary>
static class MembershipRecord
{
    public const string ClaimPrefix = "claim/";
    public const string NodePrefix = "node/";
    public const string ConfigPrefix = "config/";
    public const string ReportPrefix = "report/";

    public static string ClaimKey(NodeClaim claim) =>
        string.Create(CultureInfo.InvariantCulture, $"{ClaimPrefix}{claim.Number}/{claim.Token:N}");

    public static string NodeKey(NodeClaim claim) => string.Create(CultureInfo.InvariantCulture, $"{NodePrefix}{claim.Number}");

    public static string ConfigKey(PublishedConfig config) =>
        string.Create(CultureInfo.InvariantCulture, $"{ConfigPrefix}{config.Version}/{config.Hash}");

    public static string ReportKey(AppliedReport report) => ReportPrefix + report.Node;

    public static byte[] Write(NodeClaim claim) => Bytes(new JsonObject
    {
        ["name"] = claim.Name,
        ["number"] = claim.Number,
        ["systemIdentifier"] = claim.SystemIdentifier,
        ["databaseOid"] = claim.DatabaseOid,
        ["epoch"] = claim.Epoch,
        ["token"] = claim.Token.ToString("N"),
    });

    public static byte[] Write(PublishedConfig config) => Bytes(new JsonObject
    {
        ["version"] = config.Version,
        ["hash"] = config.Hash,
        ["perNode"] = config.PerNode,
        ["tables"] = new JsonArray([.. config.Tables.Select(table => JsonValue.Create(table))]),
        ["functions"] = new JsonObject(config.Functions.Select(pair => new KeyValuePair<string, JsonNode?>(
            pair.Key, JsonValue.Create(pair.Value)))),
    });

    public static byte[] Write(AppliedReport report) => Bytes(new JsonObject
    {
        ["node"] = report.Node,
        ["number"] = report.Number,
        ["applied"] = Positions(report.Applied),
        ["reportedAt"] = report.ReportedAt,
        ["capturedLsn"] = report.CapturedLsn.ToString(),
        ["halted"] = new JsonObject(report.Halted.Select(pair => new KeyValuePair<string, JsonNode?>(
            pair.Key.ToString(CultureInfo.InvariantCulture), JsonValue.Create(pair.Value)))),
        ["looked"] = Positions(report.Looked),
    });

    public static NodeClaim ReadClaim(byte[] value) => Read(value, root => new NodeClaim(
        Text(root, "name"),
        root.GetProperty("number").GetInt32(),
        Text(root, "systemIdentifier"),
        root.GetProperty("databaseOid").GetUInt32(),
        root.GetProperty("epoch").GetInt32(),
        Guid.ParseExact(Text(root, "token"), "N")));

    public static PublishedConfig ReadConfig(byte[] value) => Read(value, root => new PublishedConfig(
        root.GetProperty("version").GetInt32(),
        Text(root, "hash"),
        [.. root.GetProperty("tables").EnumerateArray().Select(table => table.GetString() ?? "")],
        root.GetProperty("perNode").GetInt32())
    {
        Functions = root.TryGetProperty("functions", out var functions)
            ? functions.EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetString() ?? "")
            : new Dictionary<string, string>(),
    });

    public static AppliedReport ReadReport(byte[] value) => Read(value, root => new AppliedReport(
        Text(root, "node"),
        root.GetProperty("number").GetInt32(),
        Positions(root.GetProperty("applied")),
        root.GetProperty("reportedAt").GetInt64(),
        Lsn.Parse(Text(root, "capturedLsn")))
    {
        Halted = root.TryGetProperty("halted", out var halted)
            ? halted.EnumerateObject().ToDictionary(
                pair => int.Parse(pair.Name, CultureInfo.InvariantCulture), pair => pair.Value.GetString() ?? "")
            : [],
        Looked = root.TryGetProperty("looked", out var looked) ? Positions(looked) : [],
    });

    static JsonObject Positions(IReadOnlyDictionary<int, TransactionPosition> positions) =>
        new(positions.Select(pair => new KeyValuePair<string, JsonNode?>(
            pair.Key.ToString(CultureInfo.InvariantCulture),
            new JsonObject { ["epoch"] = pair.Value.Epoch, ["lsn"] = pair.Value.CommitLsn.ToString() })));

    static Dictionary<int, TransactionPosition> Positions(JsonElement positions) => positions.EnumerateObject().ToDictionary(
        pair => int.Parse(pair.Name, CultureInfo.InvariantCulture),
        pair => new TransactionPosition(pair.Value.GetProperty("epoch").GetInt32(), Lsn.Parse(Text(pair.Value, "lsn"))));

    static byte[] Bytes(JsonObject json) => Encoding.UTF8.GetBytes(json.ToJsonString());

    static string Text(JsonElement root, string name) =>
        root.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null");

    static T Read<T>(byte[] value, Func<JsonElement, T> read)
    {
        try
        {
            using var json = JsonDocument.Parse(value);
            return read(json.RootElement);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or OverflowException)
        {
            throw new FormatException(error.Message, error);
        }
    }
}
