using KafkaBridge.Kafka;
using YamlDotNet.RepresentationModel;

namespace KafkaBridge.Options;

/// <summary>librdkafka's keys, verbatim: for all clients, and what producers and consumers have instead.</summary>
internal sealed record KafkaKeys(
    IReadOnlyDictionary<string, string> Common,
    IReadOnlyDictionary<string, string> Producer,
    IReadOnlyDictionary<string, string> Consumer,
    IReadOnlyList<string> Secrets)
{
    public static readonly KafkaKeys Empty =
        new(new Dictionary<string, string>(), new Dictionary<string, string>(), new Dictionary<string, string>(), []);

    /// <summary>What Java's clients call it, and what librdkafka takes instead.</summary>
    static readonly Dictionary<string, string> JavaKeys = new()
    {
        ["ssl.truststore.location"] = "ssl.ca.location (a PEM file)",
        ["ssl.truststore.password"] = "ssl.ca.location (a PEM file, without password)",
        ["ssl.truststore.type"] = "ssl.ca.location (a PEM file)",
        ["ssl.keystore.type"] = "ssl.keystore.location (PKCS#12), or ssl.certificate.location and ssl.key.location (PEM)",
        ["sasl.jaas.config"] = "sasl.username and sasl.password",
        ["key.serializer"] = "nothing: leave it out",
        ["value.serializer"] = "nothing: leave it out",
    };

    static readonly string[] SecretFiles =
        ["sasl.username.file", "sasl.password.file", "ssl.key.password.file", "ssl.keystore.password.file"];

    public static KafkaKeys Read(ConfigurationTree tree, YamlNode node, string baseDirectory)
    {
        var common = new Dictionary<string, string>();
        var producer = new Dictionary<string, string>();
        var consumer = new Dictionary<string, string>();
        foreach (var (key, keyNode, value) in tree.Entries(node, "kafka", null))
        {
            if (key is "producer" or "consumer")
            {
                foreach (var (inner, innerNode, innerValue) in tree.Entries(value, $"kafka.{key}", null))
                {
                    Take(tree, inner, innerNode, innerValue, key == "producer" ? producer : consumer, baseDirectory);
                }
            }
            else
            {
                Take(tree, key, keyNode, value, common, baseDirectory);
            }
        }

        if (!common.TryGetValue("bootstrap.servers", out var servers) || (servers.Length == 0 && tree.Findings.Count == 0))
        {
            var near = NearestName.Of("bootstrap.servers", common.Keys);
            tree.Report(
                node, near is null ? "'kafka' has no bootstrap.servers." : $"'kafka' has no bootstrap.servers; did '{near}' mean it?",
                "kafka: { bootstrap.servers: \"host:9092\" }");
        }

        var secrets = common.Concat(producer).Concat(consumer).Where(pair => Redaction.IsSecretName(pair.Key)).Select(pair => pair.Value);
        return new KafkaKeys(common, producer, consumer, [.. secrets]);
    }

    static void Take(
        ConfigurationTree tree, string key, YamlNode keyNode, YamlNode value, Dictionary<string, string> into, string baseDirectory)
    {
        if (JavaKeys.TryGetValue(key, out var instead))
        {
            tree.Report(keyNode, $"'kafka.{key}' is a key of Kafka's Java client; librdkafka wants {instead}.");
            return;
        }

        if (tree.Scalar(value, $"kafka.{key}") is not { } text)
        {
            into[key] = "";
            return;
        }

        if (KafkaSettings.Refusal(key, text) is { } refusal)
        {
            tree.Report(keyNode, $"'kafka.{key}': {refusal}");
            return;
        }

        if (!SecretFiles.Contains(key))
        {
            into[key] = text;
            return;
        }

        try
        {
            into[key[..^".file".Length]] = File.ReadAllText(Path.GetFullPath(text, baseDirectory)).TrimEnd('\r', '\n');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            tree.Report(value, $"'kafka.{key}': {exception.Message}");
        }
    }
}
