using System.Globalization;
using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary>
/// Two nodes (PostgreSQL 15 and 18) and a Kafka behind TLS and SCRAM, set up as the README tells an administrator to: the
/// bridge's own role and principal have what <c>check --role-sql</c> and <c>check --acls</c> print, and nothing else.
/// </summary>
public sealed class SecureCluster : IAsyncLifetime
{
    public const string Database = "shop";
    public const string OwnerPassword = "0wner-5e41-planted";
    public const string EuPassword = "eu/p@ss 71c3+planted";
    public const string UsPassword = "us\"p&ss 88d0-planted";
    public const string KafkaPassword = "kafka-b05e-planted";

    readonly string folder = Directory.CreateTempSubdirectory("kb-secure-").FullName;
    readonly List<PostgresServer> servers = [];
    TestCertificates? certificates;
    SecureKafka? kafka;

    public string Cluster { get; } = "s" + Guid.NewGuid().ToString("N")[..8];
    public TestCertificates Certificates => certificates!;
    public SecureKafka Kafka => kafka!;
    public IReadOnlyList<PostgresServer> Servers => servers;

    /// <summary>The superuser's, whose password is in .pgpass.</summary>
    public string OwnerFile => Path.Combine(folder, "owner.yaml");

    /// <summary>The bridge's role: eu's password is in the environment, us's in a file, Kafka's in a file.</summary>
    public string BridgeFile => Path.Combine(folder, "bridge.yaml");

    /// <summary>What every planted password looks like, plain and as it may be written in a URI or in JSON.</summary>
    public static IReadOnlyList<string> Secrets { get; } =
        [.. new[] { OwnerPassword, EuPassword, UsPassword, KafkaPassword, TestCertificates.ClientKeyPassword }
            .SelectMany(secret => new[] { secret, Uri.EscapeDataString(secret), System.Text.Json.JsonEncodedText.Encode(secret).Value })
            .Distinct()];

    public Dictionary<string, string> Environment { get; } = [];

    public async Task InitializeAsync()
    {
        certificates = TestCertificates.Create();
        var starting = new[] { 15, 18 }.Select(version => StartServerAsync(version)).ToList();
        kafka = await SecureKafka.StartAsync(certificates, ("bridge", KafkaPassword), ("owner", OwnerPassword));
        servers.AddRange(await Task.WhenAll(starting));
        await File.WriteAllTextAsync(Path.Combine(folder, "us.password"), UsPassword + "\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "kafka.password"), KafkaPassword + "\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "pgpass"), $"*:*:*:owner:{OwnerPassword}\n");
        await Commands.RunAsync("chmod", "600", Path.Combine(folder, "pgpass"));
        Environment["EU_PASSWORD"] = EuPassword;
        Environment["PGPASSFILE"] = Path.Combine(folder, "pgpass");
        await File.WriteAllTextAsync(OwnerFile, Configuration("owner", "sasl.password: " + OwnerPassword, "", ""));
        await File.WriteAllTextAsync(BridgeFile, Configuration(
            "bridge", "sasl.password.file: kafka.password", "password=${EU_PASSWORD}", "password_file: us.password"));
        await SetUpAsync();
    }

    public async Task DisposeAsync()
    {
        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }

        if (kafka is not null)
        {
            await kafka.DisposeAsync();
        }

        certificates?.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    public BridgeProcess Start(string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? more = null)
    {
        var environment = new Dictionary<string, string>(Environment);
        foreach (var (name, value) in more ?? new Dictionary<string, string>())
        {
            environment[name] = value;
        }

        return BridgeProcess.Start([.. arguments, "-c", file], environment);
    }

    public async Task<CommandResult> TryAsync(string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? more = null)
    {
        await using var command = Start(file, arguments, more);
        var exitCode = await command.WaitAsync(TimeSpan.FromMinutes(2));
        return new CommandResult(exitCode, command.Output, command.Error);
    }

    public async Task<string> RunAsync(string file, params string[] arguments)
    {
        var result = await TryAsync(file, arguments);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', arguments)} exited {result.ExitCode}:\n{result.Output}\n{result.Error}");
        return result.Output;
    }

    async Task<PostgresServer> StartServerAsync(int version)
    {
        var server = await PostgresServer.StartAsync(version);
        await server.CreateDatabaseAsync(Database);
        await server.ExecuteAsync(
            Database,
            $"""
            CREATE TABLE item (id int PRIMARY KEY, name text);
            SET password_encryption = 'scram-sha-256';
            CREATE ROLE owner SUPERUSER LOGIN PASSWORD '{OwnerPassword}';
            CREATE ROLE bridge LOGIN PASSWORD '{(version == 15 ? EuPassword : UsPassword)}';
            """);
        await server.UseTlsAsync(certificates!.Localhost);
        return server;
    }

    /// <summary>As an administrator does: rights, apply, rights on what apply made.</summary>
    async Task SetUpAsync()
    {
        var acls = await RunAsync(BridgeFile, "check", "--acls");
        var owner = acls.Replace("User:bridge", "User:owner", StringComparison.Ordinal);
        await kafka!.AllowAsync(Lines("kafka-acls", acls.Split("# apply")[0]).Concat(Lines("kafka-acls", owner)));
        var roleSql = (await RunAsync(BridgeFile, "check", "--role-sql")).Split("-- node ")[1..];
        foreach (var (server, sql) in servers.Zip(roleSql))
        {
            await server.ExecuteAsync(Database, "-- node " + sql.Split("-- after ")[0]);
        }

        await RunAsync(OwnerFile, "apply", "--yes");
        foreach (var (server, sql) in servers.Zip(roleSql))
        {
            await server.ExecuteAsync(Database, "-- after " + sql.Split("-- after ")[1]);
        }
    }

    static IEnumerable<string> Lines(string program, string text) =>
        text.Split('\n').Where(line => line.StartsWith(program + " ", StringComparison.Ordinal));

    string Configuration(string user, string kafkaPassword, string euPassword, string usPassword) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            cluster: {{Cluster}}
            kafka:
              bootstrap.servers: "{{kafka!.Good}}"
              security.protocol: SASL_SSL
              sasl.mechanism: SCRAM-SHA-512
              sasl.username: {{user}}
              {{kafkaPassword}}
              ssl.ca.location: {{certificates!.AuthorityFile}}
              ssl.certificate.location: {{certificates.ClientFile}}
              ssl.key.location: {{certificates.ClientKeyFile}}
              ssl.key.password: {{TestCertificates.ClientKeyPassword}}
            admin_port: 0
            nodes:
              eu: { dsn: "host=localhost port={{servers[0].Port}} dbname={{Database}} user={{user}} {{Quoted(euPassword)}} {{Tls}}" }
              us: { dsn: "postgresql://{{user}}@localhost:{{servers[1].Port}}/{{Database}}?{{Tls.Replace(' ', '&')}}", {{usPassword}} }
            tables: ["public.*"]

            """);

    static string Quoted(string pair) => pair.Length == 0 ? "" : pair.Replace("${", "'${").Replace("}", "}'");

    string Tls => $"sslmode=verify-full sslrootcert={certificates!.AuthorityFile}";
}

[CollectionDefinition(nameof(SecureCluster))]
public sealed class SecureCollection : ICollectionFixture<SecureCluster>;
