using System.Globalization;
using KafkaBridge.Broker.Log;

namespace KafkaBridge.Broker.Topics;

/// <summary>Kafka's own numbers for what a setting's value is.</summary>
enum SettingType : sbyte
{
    Boolean = 1,
    String = 2,
    Int = 3,
    Long = 5,
    Double = 6,
    List = 7,
}

/// <summary>One setting that a topic may have.</summary>
sealed record SettingDefinition(string Name, SettingType Type, string Default, double Least = double.MinValue, string[]? Allowed = null)
{
    const NumberStyles Whole = NumberStyles.AllowLeadingSign;

    /// <summary>A sentence that says what is wrong with the value; null if nothing.</summary>
    public string? Problem(string value)
    {
        var right = Type switch
        {
            SettingType.Boolean => value is "true" or "false",
            SettingType.Int => int.TryParse(value, Whole, CultureInfo.InvariantCulture, out var number) && number >= Least,
            SettingType.Long => long.TryParse(value, Whole, CultureInfo.InvariantCulture, out var number) && number >= Least,
            SettingType.Double => double.TryParse(value, CultureInfo.InvariantCulture, out var number) && number >= Least && number <= 1,
            SettingType.List => Allowed is null || value.Split(',', StringSplitOptions.RemoveEmptyEntries).All(part =>
                Allowed.Contains(part.Trim())),
            _ => Allowed is null || Allowed.Contains(value),
        };
        var least = Least > double.MinValue ? $" of at least {Least}" : "";
        var expected = Allowed is null ? $"{Type}{least}" : $"one of {string.Join(", ", Allowed)}";
        return right ? null : $"Invalid value {value} for configuration {Name}: {expected} expected";
    }
}

/// <summary>
/// The settings of topics: Kafka's names, Kafka's defaults but for segment.bytes (128 MiB, so that recovery after a crash is quick).
/// What one broker can't give a meaning (throttles, min.insync.replicas, …) is kept and shown, and does nothing.
/// </summary>
static class TopicSettings
{
    static readonly string[] CleanupPolicies = ["compact", "delete"];
    static readonly string[] Codecs = ["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"];
    static readonly string[] TimestampTypes = ["CreateTime", "LogAppendTime"];

    public static IReadOnlyDictionary<string, SettingDefinition> All { get; } = new SettingDefinition[]
    {
        new("cleanup.policy", SettingType.List, "delete", Allowed: CleanupPolicies),
        new("compression.type", SettingType.String, "producer", Allowed: Codecs),
        new("compression.gzip.level", SettingType.Int, "-1", -1),
        new("compression.lz4.level", SettingType.Int, "9", 1),
        new("compression.zstd.level", SettingType.Int, "3"),
        new("delete.retention.ms", SettingType.Long, "86400000", 0),
        new("file.delete.delay.ms", SettingType.Long, "60000", 0),
        new("flush.messages", SettingType.Long, "9223372036854775807", 1),
        new("flush.ms", SettingType.Long, "9223372036854775807", 0),
        new("follower.replication.throttled.replicas", SettingType.List, ""),
        new("index.interval.bytes", SettingType.Int, "4096", 0),
        new("leader.replication.throttled.replicas", SettingType.List, ""),
        new("local.retention.bytes", SettingType.Long, "-2", -2),
        new("local.retention.ms", SettingType.Long, "-2", -2),
        new("max.compaction.lag.ms", SettingType.Long, "9223372036854775807", 1),
        new("max.message.bytes", SettingType.Int, "1048588", 0),
        new("message.timestamp.after.max.ms", SettingType.Long, "3600000", 0),
        new("message.timestamp.before.max.ms", SettingType.Long, "9223372036854775807", 0),
        new("message.timestamp.type", SettingType.String, "CreateTime", Allowed: TimestampTypes),
        new("min.cleanable.dirty.ratio", SettingType.Double, "0.5", 0),
        new("min.compaction.lag.ms", SettingType.Long, "0", 0),
        new("min.insync.replicas", SettingType.Int, "1", 1),
        new("preallocate", SettingType.Boolean, "false"),
        new("remote.storage.enable", SettingType.Boolean, "false"),
        new("retention.bytes", SettingType.Long, "-1"),
        new("retention.ms", SettingType.Long, "604800000", -1),
        new("segment.bytes", SettingType.Int, "134217728", 1024),
        new("segment.index.bytes", SettingType.Int, "10485760", 4),
        new("segment.jitter.ms", SettingType.Long, "0", 0),
        new("segment.ms", SettingType.Long, "604800000", 1),
        new("unclean.leader.election.enable", SettingType.Boolean, "false"),
    }.ToDictionary(definition => definition.Name);

    /// <summary>A sentence that says what is wrong; null if nothing.</summary>
    public static string? Problem(string name, string? value) =>
        !All.TryGetValue(name, out var definition) ? $"Unknown topic config name: {name}"
        : value is null ? $"Null value not supported for topic config: {name}"
        : definition.Problem(value);

    public static string Value(IReadOnlyDictionary<string, string> given, string name) => given.GetValueOrDefault(name, All[name].Default);

    public static LogSettings ToLog(IReadOnlyDictionary<string, string> given)
    {
        long Number(string name) => long.Parse(Value(given, name), CultureInfo.InvariantCulture);
        var policies = Value(given, "cleanup.policy").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return new LogSettings
        {
            SegmentBytes = (int)Number("segment.bytes"),
            SegmentMs = Number("segment.ms"),
            RetentionMs = Number("retention.ms"),
            RetentionBytes = Number("retention.bytes"),
            MaxMessageBytes = (int)Number("max.message.bytes"),
            IsCompacted = policies.Contains("compact"),
            IsDeleted = policies.Contains("delete"),
            DeleteRetentionMs = Number("delete.retention.ms"),
            MinCompactionLagMs = Number("min.compaction.lag.ms"),
            MinDirtyRatio = double.Parse(Value(given, "min.cleanable.dirty.ratio"), CultureInfo.InvariantCulture),
            LogAppendTime = Value(given, "message.timestamp.type") == "LogAppendTime",
            TimestampAfterMaxMs = Number("message.timestamp.after.max.ms"),
            TimestampBeforeMaxMs = Number("message.timestamp.before.max.ms"),
        };
    }
}
