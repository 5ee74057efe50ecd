namespace KafkaBridge.Kafka;

/// <summary>A Kafka client setting in the configuration that librdkafka refuses, or that KafkaBridge must keep for itself.</summary>
public sealed class KafkaSettingsException(string message) : Exception(message);
