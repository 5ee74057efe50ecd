using KafkaBridge.Kafka;
using KafkaBridge.Kafka.Topics;
using KafkaBridge.Options;
using KafkaBridge.Wire;

namespace KafkaBridge;

/// <summary>From the configuration's words to Kafka's own objects.</summary>
internal static class Wiring
{
    public static KafkaSettings Kafka(BridgeOptions options)
    {
        try
        {
            return new KafkaSettings(options.KafkaKeys, options.ProducerKeys, options.ConsumerKeys);
        }
        catch (KafkaSettingsException exception)
        {
            throw new ConfigurationException(options.File, exception.Message);
        }
    }

    public static TopicNames Topics(BridgeOptions options) => new(options.Cluster);

    public static TopicOptions TopicOptions(BridgeOptions options) =>
        new() { ReplicationFactor = options.ReplicationFactor == 0 ? (short)-1 : (short)options.ReplicationFactor };

    public static string ClientId(BridgeOptions options, string role) =>
        KafkaSettings.ClientId(options.Cluster, Environment.MachineName, role);
}
