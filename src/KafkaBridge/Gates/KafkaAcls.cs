using KafkaBridge.Options;

namespace KafkaBridge.Gates;

/// <summary>The least rights in Kafka with which <c>run</c> works, and what apply and destroy need besides, as commands to paste.</summary>
internal static class KafkaAcls
{
    public static IEnumerable<string> For(BridgeOptions options)
    {
        var principal = "User:" + options.KafkaKeys.GetValueOrDefault("sasl.username", "CN=…");
        var add = $"kafka-acls --bootstrap-server {options.KafkaKeys["bootstrap.servers"]} --add "
            + $"--allow-principal {principal} --resource-pattern-type prefixed";
        yield return "# run, check, status, wait, topic tap: topics, and the groups kafkabridge.<cluster>.<node> that show each node's lag";
        yield return $"{add} --operation Read --operation Write --operation DescribeConfigs --topic {options.Cluster}.";
        yield return $"{add} --operation Read --group kafkabridge.{options.Cluster}.";
        yield return "# apply and destroy besides, for this principal or another";
        yield return $"{add} --operation Create --operation Alter --operation AlterConfigs --operation Delete --topic {options.Cluster}.";
        yield return $"{add} --operation Delete --group kafkabridge.{options.Cluster}.";
    }
}
