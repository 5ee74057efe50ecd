using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace KafkaBridge.TestKit;

/// <summary>
/// A private Kafka that is reached by SASL_SSL, behind a good, a wrongly named and an expired certificate. Who comes with
/// SCRAM-SHA-512 may do what ACLs allow (our own broker has no ACLs: everything); the reader, who comes with PLAIN, everything.
/// </summary>
public sealed class SecureKafka : IAsyncDisposable
{
    static readonly string[] Listeners = ["GOOD", "OTHERHOST", "EXPIRED"];
    static readonly (string Name, string Password) Reader = ("reader", "r3ader-2d17");

    readonly string folder = Directory.CreateTempSubdirectory("kb-secure-kafka-").FullName;
    readonly TestCertificates certificates;
    readonly List<IAsyncDisposable> running = [];
    string? anonymous; // the listener for all rights; null: our own broker, which has but one
    string[] addresses = [];

    SecureKafka(TestCertificates certificates) => this.certificates = certificates;

    public string Good => addresses[0];
    public string OtherHost => addresses[1];
    public string Expired => addresses[2];

    /// <summary>The reader's, under librdkafka's names.</summary>
    public Dictionary<string, string> ReaderSettings => new()
    {
        ["bootstrap.servers"] = Good,
        ["security.protocol"] = "SASL_SSL",
        ["sasl.mechanism"] = "PLAIN",
        ["sasl.username"] = Reader.Name,
        ["sasl.password"] = Reader.Password,
        ["ssl.ca.location"] = certificates.AuthorityFile,
    };

    /// <param name="users">Names and passwords.</param>
    public static async Task<SecureKafka> StartAsync(TestCertificates certificates, params (string Name, string Password)[] users)
    {
        var kafka = new SecureKafka(certificates);
        try
        {
            await (TestKafka.OwnIsEmbedded ? kafka.StartEmbeddedAsync(users) : kafka.StartApacheAsync(users));
            return kafka;
        }
        catch
        {
            await kafka.DisposeAsync();
            throw;
        }
    }

    /// <summary>As the reader, one of Kafka's own command line tools that take --command-config.</summary>
    public async Task<string> ToolAsync(string tool, params string[] arguments)
    {
        var file = Path.Combine(folder, "reader.properties");
        await File.WriteAllTextAsync(
            file,
            $"""
            security.protocol=SASL_SSL
            sasl.mechanism=PLAIN
            sasl.jaas.config={PlainModule} username="{Reader.Name}" password="{Reader.Password}";
            ssl.truststore.type=PEM
            ssl.truststore.location={certificates.AuthorityFile}

            """);
        return await TestKafka.RunToolAsync(tool, ["--bootstrap-server", Good, "--command-config", file, .. arguments]);
    }

    /// <summary>A broker for each certificate; who meets the second or third never comes further than its certificate.</summary>
    async Task StartEmbeddedAsync((string Name, string Password)[] users)
    {
        var file = Path.Combine(folder, "users");
        await File.WriteAllLinesAsync(file, users.Append(Reader).Select(user => $"{user.Name}:{user.Password}"));
        foreach (var (name, certificate) in Listeners.Zip(Issued))
        {
            var pem = certificates.KeyStore(name, certificate);
            var broker = await EmbeddedBroker.StartAsync(
                "--tls-certificate", pem, "--tls-key", pem, "--users", file, "--advertise", "localhost");
            running.Add(broker);
            addresses = [.. addresses, broker.BootstrapServers.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)];
        }
    }

    IssuedCertificate[] Issued => [certificates.Localhost, certificates.OtherHost, certificates.Expired];

    const string PlainModule = "org.apache.kafka.common.security.plain.PlainLoginModule required";

    async Task StartApacheAsync((string Name, string Password)[] users)
    {
        var port = Commands.FreePort([1, .. Listeners.Select((_, i) => First + i)]);
        List<string> settings =
        [
            $"listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{port + 1}," + Urls("127.0.0.1", port),
            $"advertised.listeners=PLAINTEXT://127.0.0.1:{port}," + Urls("localhost", port),
            "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,"
                + string.Join(',', Listeners.Select(name => name + ":SASL_SSL")),
            "inter.broker.listener.name=PLAINTEXT",
            "sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN",
            "ssl.keystore.type=PEM",
            "ssl.truststore.type=PEM",
            $"ssl.truststore.location={certificates.AuthorityFile}",
            "ssl.client.auth=requested",
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            $"super.users=User:ANONYMOUS;User:{Reader.Name}",
        ];
        foreach (var (name, certificate) in Listeners.Zip(Issued))
        {
            var listener = $"listener.name.{name.ToLowerInvariant()}.";
            settings.Add($"{listener}ssl.keystore.location={certificates.KeyStore(name, certificate)}");
            settings.Add($"{listener}scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;");
            settings.Add($"{listener}plain.sasl.jaas.config={PlainModule} user_{Reader.Name}=\"{Reader.Password}\";");
        }

        var kafka = await TestKafka.StartAsync(1, port, settings);
        running.Add(kafka);
        anonymous = kafka.BootstrapServers;
        addresses = Addresses("localhost", port);
        using var admin = OpenAdmin(anonymous);
        await admin.AlterUserScramCredentialsAsync(users.Select(user => new UserScramCredentialUpsertion
        {
            User = user.Name,
            Password = Encoding.UTF8.GetBytes(user.Password),
            ScramCredentialInfo = new ScramCredentialInfo { Mechanism = ScramMechanism.ScramSha512, Iterations = 4096 },
        }));
    }

    /// <summary>
    /// Does what kafka-acls would do with these of its command lines; starting it for each takes seconds. Our own broker has
    /// no ACLs.
    /// </summary>
    public async Task AllowAsync(IEnumerable<string> commands)
    {
        if (anonymous is null)
        {
            return;
        }

        using var admin = OpenAdmin(anonymous);
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

    static IAdminClient OpenAdmin(string address) => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = address }).Build();

    public async ValueTask DisposeAsync()
    {
        foreach (var one in running)
        {
            await one.DisposeAsync();
        }

        Directory.Delete(folder, recursive: true);
    }

    /// <summary>The first listener's distance from the port.</summary>
    const int First = 2;

    static string[] Addresses(string host, int port) =>
        [.. Listeners.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"{host}:{port + First + i}"))];

    static string Urls(string host, int port) =>
        string.Join(',', Listeners.Zip(Addresses(host, port), (name, address) => $"{name}://{address}"));
}
