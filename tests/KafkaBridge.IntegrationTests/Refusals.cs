namespace KafkaBridge.IntegrationTests;

/// <summary>A server that is not the one it should be, or a log-in that is refused: said in a sentence, by check and by run.</summary>
[Collection(nameof(SecureCluster))]
public sealed class Refusals(SecureCluster cluster)
{
    const string Wrong = "wr0ng-3ab9-planted";

    [Fact]
    public Task Kafka_signed_by_another_authority() => KafkaRefusedAsync(
        "error KB1055: no trusted TLS connection to Kafka", "was issued by CN=KafkaBridge test authority",
        ("SSL_CA_LOCATION", cluster.Certificates.OtherAuthorityFile));

    [Fact]
    public Task Kafka_under_another_hosts_name() => KafkaRefusedAsync(
        "error KB1055: no trusted TLS connection to Kafka", "is for db.elsewhere.example, not for the host localhost",
        ("BOOTSTRAP_SERVERS", cluster.Kafka.OtherHost));

    [Fact]
    public Task Kafka_with_an_expired_certificate() => KafkaRefusedAsync(
        "error KB1055: no trusted TLS connection to Kafka", "expired at 20", ("BOOTSTRAP_SERVERS", cluster.Kafka.Expired));

    [Fact]
    public Task Kafka_refuses_a_wrong_password() => KafkaRefusedAsync(
        "error KB1054: Kafka refuses the log-in", "Authentication failed", ("SASL_PASSWORD", Wrong));

    [Fact]
    public Task Postgres_signed_by_another_authority() => PostgresRefusedAsync(
        "error KB1046: no trusted TLS connection to PostgreSQL", "was issued by CN=KafkaBridge test authority",
        Dsn("localhost", cluster.Certificates.OtherAuthorityFile));

    [Fact]
    public Task Postgres_under_another_hosts_name() => PostgresRefusedAsync(
        "error KB1046: no trusted TLS connection to PostgreSQL", "is for localhost, not for the host 127.0.0.1", Dsn("127.0.0.1"));

    [Fact]
    public Task Postgres_refuses_a_wrong_password() => PostgresRefusedAsync(
        "error KB1041: PostgreSQL refuses the log-in", "28P01", Dsn("localhost") + $" password={Wrong}");

    [Fact]
    public async Task Postgres_with_an_expired_certificate_or_without_TLS()
    {
        await cluster.Servers[0].UseTlsAsync(cluster.Certificates.Expired);
        try
        {
            await PostgresRefusedAsync("error KB1046: no trusted TLS connection to PostgreSQL", "expired at 20", Dsn("localhost"));
            await cluster.Servers[0].UseTlsAsync(null);
            await PostgresRefusedAsync("error KB1046: no trusted TLS connection to PostgreSQL", "offers no TLS", Dsn("localhost"));
        }
        finally
        {
            await cluster.Servers[0].UseTlsAsync(cluster.Certificates.Localhost);
        }
    }

    string Dsn(string host, string? authority = null) =>
        $"host={host} port={cluster.Servers[0].Port} dbname={SecureCluster.Database} user=bridge sslmode=verify-full "
        + $"sslrootcert={authority ?? cluster.Certificates.AuthorityFile}";

    Task KafkaRefusedAsync(string what, string why, (string Key, string Value) setting) =>
        RefusedAsync(5, what, why, new() { ["KAFKABRIDGE__KAFKA__" + setting.Key] = setting.Value });

    Task PostgresRefusedAsync(string what, string why, string dsn) =>
        RefusedAsync(4, what, why, new() { ["KAFKABRIDGE__NODES__EU__DSN"] = dsn, ["PGPASSWORD"] = SecureCluster.EuPassword });

    async Task RefusedAsync(int exitCode, string what, string why, Dictionary<string, string> environment)
    {
        var run = await cluster.TryAsync(cluster.BridgeFile, ["run"], environment);
        var check = await cluster.TryAsync(cluster.BridgeFile, ["check"], environment);
        Assert.Equal((exitCode, exitCode), (run.ExitCode, check.ExitCode));
        foreach (var part in (string[])[what, "  where: ", "  why: ", why, "  try: "])
        {
            Assert.Contains(part, run.Error, StringComparison.Ordinal);
        }

        foreach (var part in (string[])[what[(what.IndexOf(':') + 2)..], why, "try: "])
        {
            Assert.Contains(part, check.Output, StringComparison.Ordinal);
        }

        foreach (var secret in SecureCluster.Secrets.Append(Wrong))
        {
            Assert.DoesNotContain(secret, run.Error + run.Output + check.Error + check.Output, StringComparison.Ordinal);
        }
    }
}
