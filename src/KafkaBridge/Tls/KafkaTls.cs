using System.Globalization;
using System.Text.RegularExpressions;
using Confluent.Kafka;
using KafkaBridge.Options;

namespace KafkaBridge.Tls;

/// <summary>TLS to Kafka that failed, explained.</summary>
internal static partial class KafkaTls
{
    public static async Task<StoppedException> ExplainAsync(BridgeOptions options, KafkaException exception, CancellationToken ct)
    {
        var why = exception.Error.Reason;
        var authorities = options.KafkaKeys.GetValueOrDefault("ssl.ca.location");
        if (Broker().Match(why) is { Success: true } broker)
        {
            var certificate = new ServerCertificate(
                broker.Groups["host"].Value, int.Parse(broker.Groups["port"].Value, CultureInfo.InvariantCulture), authorities);
            why = await certificate.WhyRefusedAsync(null, ct) ?? why;
        }

        return new StoppedException(
            ExitCode.KafkaUnreachable, "KB1055", "no trusted TLS connection to Kafka",
            $"kafka: bootstrap.servers {options.KafkaKeys["bootstrap.servers"]}", why,
            authorities is null
                ? "set kafka: ssl.ca.location to the PEM file of the authority that issued the broker's certificate, or have that replaced"
                : $"check that {authorities} (kafka: ssl.ca.location) holds the broker's authority, and bootstrap.servers; "
                    + "or have the broker's certificate replaced",
            exception);
    }

    /// <summary>librdkafka names the broker as ssl://host:port/id or sasl_ssl://….</summary>
    [GeneratedRegex(@"ssl://(?<host>[^\s/]+):(?<port>\d+)/")]
    private static partial Regex Broker();
}
