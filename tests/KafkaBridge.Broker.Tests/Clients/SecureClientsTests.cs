using System.Security.Cryptography.X509Certificates;
using Confluent.Kafka;
using KafkaBridge.Broker.Security;
using KafkaBridge.IntegrationTests;
using KafkaBridge.TestKit;

namespace KafkaBridge.Broker.Tests.Clients;

/// <summary>A listener that speaks TLS and asks who comes, and librdkafka and Java at it; SASL without TLS too.</summary>
public sealed class SecureClientsTests : IDisposable
{
    const string Password = "b\"ad,p=ss w0rd";

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly TestFolder folder = new();
    readonly TestCertificates certificates = TestCertificates.Create();

    public void Dispose()
    {
        certificates.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData(SecurityProtocol.SaslSsl, SaslMechanism.Plain)]
    [InlineData(SecurityProtocol.SaslSsl, SaslMechanism.ScramSha256)]
    [InlineData(SecurityProtocol.SaslSsl, SaslMechanism.ScramSha512)]
    [InlineData(SecurityProtocol.SaslPlaintext, SaslMechanism.ScramSha256)]
    [InlineData(SecurityProtocol.SaslPlaintext, SaslMechanism.ScramSha512)]
    public async Task Librdkafka_with_the_right_password(SecurityProtocol protocol, SaslMechanism mechanism)
    {
        await using var broker = Start(tls: protocol == SecurityProtocol.SaslSsl, users: true);
        var config = Client(broker, protocol, mechanism, Password);
        using var producer = new ProducerBuilder<Null, string>(config).Build();
        await producer.ProduceAsync("secured", new Message<Null, string> { Value = "told" });
        using var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig(config) { GroupId = "g" }).Build();
        consumer.Assign(new TopicPartitionOffset("secured", 0, Offset.Beginning));
        Assert.Equal("told", consumer.Consume(Patience).Message.Value);
    }

    [Theory]
    [InlineData(SecurityProtocol.SaslSsl, SaslMechanism.Plain)]
    [InlineData(SecurityProtocol.SaslSsl, SaslMechanism.ScramSha512)]
    [InlineData(SecurityProtocol.SaslPlaintext, SaslMechanism.ScramSha256)]
    public async Task Librdkafka_with_a_wrong_password(SecurityProtocol protocol, SaslMechanism mechanism)
    {
        await using var broker = Start(tls: protocol == SecurityProtocol.SaslSsl, users: true);
        Assert.Equal(ErrorCode.Local_Authentication, await FirstErrorAsync(Client(broker, protocol, mechanism, "guessed")));
    }

    [Fact]
    public async Task Librdkafka_that_does_not_trust_the_authority()
    {
        await using var broker = Start(tls: true, users: false);
        var config = Client(broker, SecurityProtocol.Ssl, SaslMechanism.Plain, Password);
        config.SslCaLocation = certificates.OtherAuthorityFile;
        Assert.Equal(ErrorCode.Local_Ssl, await FirstErrorAsync(config));
    }

    [Fact]
    public async Task A_password_is_not_taken_in_the_open()
    {
        await using var broker = Start(tls: false, users: true);
        Assert.Equal(
            ErrorCode.Local_Authentication,
            await FirstErrorAsync(Client(broker, SecurityProtocol.SaslPlaintext, SaslMechanism.Plain, Password)));
    }

    [KafkaToolsFact]
    public async Task Java_with_each_mechanism_and_with_a_wrong_password()
    {
        const string records = "10";
        await using var broker = Start(tls: true, users: true);
        foreach (var (mechanism, module) in new[]
        {
            ("PLAIN", "plain.PlainLoginModule"), ("SCRAM-SHA-256", "scram.ScramLoginModule"), ("SCRAM-SHA-512", "scram.ScramLoginModule"),
        })
        {
            var sent = await ProduceAsync(mechanism, module, Password);
            Assert.True(sent.Output.Contains($"{records} records sent", StringComparison.Ordinal), mechanism + sent.Output + sent.Error);
        }

        var refused = await ProduceAsync("SCRAM-SHA-512", "scram.ScramLoginModule", "guessed");
        Assert.Contains("SaslAuthenticationException", refused.Output + refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain($"{records} records sent", refused.Output, StringComparison.Ordinal);

        async Task<CommandResult> ProduceAsync(string mechanism, string module, string password)
        {
            var file = Path.Combine(folder.Path, "client.properties");
            var quoted = password.Replace("\"", "\\\\\"", StringComparison.Ordinal); // for JAAS, and once more for the properties file
            await File.WriteAllTextAsync(file, $"""
                security.protocol=SASL_SSL
                sasl.mechanism={mechanism}
                sasl.jaas.config=org.apache.kafka.common.security.{module} required username="bridge" password="{quoted}";
                ssl.truststore.type=PEM
                ssl.truststore.location={certificates.AuthorityFile}
                delivery.timeout.ms=20000
                request.timeout.ms=10000
                linger.ms=0

                """);
            return await Commands.TryAsync(
                TestKafka.KafkaLocal!, "tool", "org.apache.kafka.tools.ProducerPerformance", "--bootstrap-server",
                broker.BootstrapServers, "--command-config", file, "--topic", "secured", "--num-records", records,
                "--record-size", "20", "--throughput", "-1");
        }
    }

    BrokerServer Start(bool tls, bool users) => BrokerServer.Start(new BrokerOptions
    {
        DataFolder = Path.Combine(folder.Path, "broker"),
        Listen = new(System.Net.IPAddress.Loopback, 0),
        AdvertisedHost = "localhost",
        Certificate = tls ? X509Certificate2.CreateFromPem(certificates.Localhost.Certificate, certificates.Localhost.Key) : null,
        Users = users ? [new BrokerUser("bridge", Password)] : [],
    });

    ClientConfig Client(BrokerServer broker, SecurityProtocol protocol, SaslMechanism mechanism, string password) => new()
    {
        BootstrapServers = broker.BootstrapServers,
        SecurityProtocol = protocol,
        SaslMechanism = mechanism,
        SaslUsername = "bridge",
        SaslPassword = password,
        SslCaLocation = certificates.AuthorityFile,
    };

    static async Task<ErrorCode> FirstErrorAsync(ClientConfig config)
    {
        var first = new TaskCompletionSource<ErrorCode>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var admin = new AdminClientBuilder(config)
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, error) =>
            {
                if (error.Code != ErrorCode.Local_AllBrokersDown)
                {
                    first.TrySetResult(error.Code);
                }
            })
            .Build();
        return await first.Task.WaitAsync(Patience);
    }
}
