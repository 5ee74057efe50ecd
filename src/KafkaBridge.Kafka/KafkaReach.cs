using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace KafkaBridge.Kafka;

/// <summary>The first question to Kafka, asked so that a refusal is told at once and with its reason.</summary>
public static class KafkaReach
{
    /// <exception cref="KafkaException">
    /// No broker answers (Local_AllBrokersDown), or all refuse the log-in (Local_Authentication) or TLS (Local_Ssl).
    /// </exception>
    public static async Task RequireAsync(KafkaSettings settings, string clientId, CancellationToken ct)
    {
        var errors = new ClientErrors(settings.BootstrapServers);
        using var admin = settings.OpenAdmin(clientId, errors);
        try
        {
            var answer = admin.DescribeClusterAsync(new DescribeClusterOptions { RequestTimeout = Limits.Answer });
            if (await Task.WhenAny(answer, errors.Refused, NobodyAsync(errors, ct)).WaitAsync(ct) != answer)
            {
                throw errors.Unreachable(new Error(ErrorCode.Local_AllBrokersDown), null);
            }

            await answer;
        }
        catch (KafkaException error)
        {
            throw errors.Explain(error);
        }
    }

    static async Task NobodyAsync(ClientErrors errors, CancellationToken ct)
    {
        await errors.AllDown;
        await Task.Delay(Limits.NobodyThere, ct);
    }
}
