using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary>Runs where Apache Kafka's own command line tools are at hand.</summary>
public sealed class KafkaToolsFactAttribute : FactAttribute
{
    public KafkaToolsFactAttribute() =>
        Skip = TestKafka.KafkaLocal is null
            ? "Apache Kafka's tools (kafka-local in ../shared/kafka beside the repository) are not here"
            : null;
}
