using System.Diagnostics.CodeAnalysis;
using Confluent.Kafka;
using KafkaBridge.Kafka;
using KafkaBridge.Kafka.Registry;
using KafkaBridge.Kafka.Topics;
using KafkaBridge.Options;
using KafkaBridge.Tls;
using KafkaBridge.Wire;
using Microsoft.Extensions.Logging;

namespace KafkaBridge;

/// <summary>From the configuration's words to Kafka's own objects.</summary>
internal static class Wiring
{
    /// <summary>A number that no node has.</summary>
    const int AnyReader = 999;

    /// <summary>The settings, once Kafka has answered under them.</summary>
    /// <exception cref="StoppedException">Kafka's certificate is not to be trusted: why, in plain words.</exception>
    public static async Task<KafkaSettings> ReachKafkaAsync(BridgeOptions options, ILoggerFactory log, CancellationToken ct)
    {
        var settings = Kafka(options, log);
        try
        {
            await KafkaReach.RequireAsync(settings, ClientId(options, "reach"), ct);
            return settings;
        }
        catch (KafkaException exception)
        {
            ErrorReport.SetWhere(exception, $"kafka: bootstrap.servers {settings.BootstrapServers}");
            if (exception.Error.Code == ErrorCode.Local_Ssl)
            {
                throw await KafkaTls.ExplainAsync(options, exception, ct);
            }

            throw;
        }
    }

    static KafkaSettings Kafka(BridgeOptions options, ILoggerFactory log)
    {
        var kafka = log.CreateLogger("kafka");
        try
        {
            return new KafkaSettings(options.KafkaKeys, options.ProducerKeys, options.ConsumerKeys) { Log = line => Write(kafka, line) };
        }
        catch (KafkaSettingsException exception)
        {
            throw new ConfigurationException(options.File, exception.Message);
        }
    }

    public static TopicNames Topics(BridgeOptions options) => new(options.Cluster);

    /// <summary>The registry of the configuration, ready.</summary>
    /// <param name="number">The node's; null: of a reader, which registers nothing.</param>
    public static async Task<ISchemaRegistry> OpenRegistryAsync(
        BridgeOptions options, KafkaSettings settings, int? number, CancellationToken ct) =>
        options.Registry.Url is { } url
            ? new HttpSchemaRegistry(url, options.Registry.UserInfo)
            : await EmbeddedSchemaRegistry.StartAsync(settings, Topics(options), number ?? AnyReader, ct);

    public static TopicOptions TopicOptions(BridgeOptions options) =>
        new() { ReplicationFactor = options.ReplicationFactor == 0 ? (short)-1 : (short)options.ReplicationFactor };

    public static string ClientId(BridgeOptions options, string role) =>
        KafkaSettings.ClientId(options.Cluster, Environment.MachineName, role);

    /// <summary>librdkafka's own lines: what fails is told by whoever needed it, so these are for those who want to see more.</summary>
    [SuppressMessage("Performance", "CA1848", Justification = "a few lines a minute")]
    static void Write(ILogger log, LogMessage line) =>
        log.LogDebug("{Client} {Facility}: {Message}", line.Name, line.Facility, line.Message);
}
