using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace KafkaBridge.TestKit;

/// <summary>
/// A private Kafka with one listener each for: plain text (the tests' own, all rights), and SASL_SSL with SCRAM-SHA-512
/// behind a good, a wrongly named and an expired certificate. Who comes by SASL may do what ACLs allow, nothing else.
/// </summary>
public sealed class SecureKafka : IAsyncDisposable
{
    static readonly string[] Listeners = ["GOOD", "OTHERHOST", "EXPIRED"];

    readonly int port;

    SecureKafka(TestKafka plain, int port) => (Plain, this.port) = (plain, port);

    public TestKafka Plain { get; }
    public string Good => At(0);
    public string OtherHost => At(1);
    public string Expired => At(2);

    /// <param name="users">Names and passwords.</param>
    public static async Task<SecureKafka> StartAsync(TestCertificates certificates, params (string Name, string Password)[] users)
    {
        var port = Commands.FreePort([1, .. Listeners.Select((_, i) => First + i)]);
        IssuedCertificate[] issued = [certificates.Localhost, certificates.OtherHost, certificates.Expired];
        List<string> settings =
        [
            $"listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{port + 1}," + Addresses("127.0.0.1", port),
            $"advertised.listeners=PLAINTEXT://127.0.0.1:{port}," + Addresses("localhost", port),
            "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,"
                + string.Join(',', Listeners.Select(name => name + ":SASL_SSL")),
            "inter.broker.listener.name=PLAINTEXT",
            "sasl.enabled.mechanisms=SCRAM-SHA-512",
            "ssl.keystore.type=PEM",
            "ssl.truststore.type=PEM",
            $"ssl.truststore.location={certificates.AuthorityFile}",
            "ssl.client.auth=requested",
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users=User:ANONYMOUS",
        ];
        foreach (var (name, certificate) in Listeners.Zip(issued))
        {
            var listener = $"listener.name.{name.ToLowerInvariant()}.";
            settings.Add($"{listener}ssl.keystore.location={certificates.KeyStore(name, certificate)}");
            settings.Add($"{listener}scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;");
        }

        var kafka = new SecureKafka(await TestKafka.StartAsync(1, port, settings), port);
        using var admin = kafka.OpenAdmin();
        await admin.AlterUserScramCredentialsAsync(users.Select(user => new UserScramCredentialUpsertion
        {
            User = user.Name,
            Password = Encoding.UTF8.GetBytes(user.Password),
            ScramCredentialInfo = new ScramCredentialInfo { Mechanism = ScramMechanism.ScramSha512, Iterations = 4096 },
        }));
        return kafka;
    }

    /// <summary>Does what kafka-acls would do with these of its command lines; starting it for each takes seconds.</summary>
    public async Task AllowAsync(IEnumerable<string> commands)
    {
        using var admin = OpenAdmin();
        await admin.CreateAclsAsync(commands.SelectMany(Bindings));
    }

    static IEnumerable<AclBinding> Bindings(string command)
    {
        var words = command.Split(' ');
        var options = words.Zip(words.Skip(1)).ToLookup(pair => pair.First, pair => pair.Second);
        var type = options.Contains("--topic") ? ResourceType.Topic : ResourceType.Group;
        return options["--operation"].Select(operation => new AclBinding
        {
            Pattern = new ResourcePattern
            {
                Type = type,
                Name = options["--topic"].Concat(options["--group"]).Single(),
                ResourcePatternType = Enum.Parse<ResourcePatternType>(options["--resource-pattern-type"].Single(), ignoreCase: true),
            },
            Entry = new AccessControlEntry
            {
                Principal = options["--allow-principal"].Single(),
                Host = "*",
                Operation = Enum.Parse<AclOperation>(operation),
                PermissionType = AclPermissionType.Allow,
            },
        });
    }

    IAdminClient OpenAdmin() => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Plain.BootstrapServers }).Build();

    public ValueTask DisposeAsync() => Plain.DisposeAsync();

    /// <summary>The first listener's distance from the port.</summary>
    const int First = 2;

    static string Addresses(string host, int port) =>
        string.Join(',', Listeners.Select((name, i) => string.Create(CultureInfo.InvariantCulture, $"{name}://{host}:{port + First + i}")));

    string At(int listener) => string.Create(CultureInfo.InvariantCulture, $"localhost:{port + First + listener}");
}
