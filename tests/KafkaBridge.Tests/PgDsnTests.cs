using KafkaBridge.Options;
using Npgsql;

namespace KafkaBridge.Tests;

public sealed class PgDsnTests
{
    static NpgsqlConnectionStringBuilder Parse(string dsn, params (string Name, string Value)[] environment) =>
        PgDsn.Parse(dsn, environment.ToDictionary(pair => pair.Name, pair => pair.Value));

    [Theory]
    [InlineData("postgresql://bridge@eu-db/shop", "eu-db", 5432, "bridge", "shop")]
    [InlineData("postgres://bridge@eu-db:5433/shop", "eu-db", 5433, "bridge", "shop")]
    [InlineData("postgresql://br%40dge:p%3Aw@[::1]:5433/sh%20op?connect_timeout=5", "::1", 5433, "br@dge", "sh op")]
    [InlineData("postgresql://%2Fvar%2Frun/shop?user=bridge", "/var/run", 5432, "bridge", "shop")]
    [InlineData("postgresql:///shop?host=/tmp&port=6000&user=bridge", "/tmp", 6000, "bridge", "shop")]
    [InlineData("host=eu-db dbname=shop user=bridge", "eu-db", 5432, "bridge", "shop")]
    [InlineData("host = 'eu-db' dbname='it''s' user=bridge", "eu-db", 5432, "bridge", "it")]
    [InlineData("host=eu-db port=5433 dbname='a \\'b\\\\' user=bridge", "eu-db", 5433, "bridge", "a 'b\\")]
    [InlineData("Host=eu-db;Port=5433;Database=shop;Username=bridge", "eu-db", 5433, "bridge", "shop")]
    public void Every_form_is_read(string dsn, string host, int port, string user, string database)
    {
        if (dsn.Contains("''", StringComparison.Ordinal))
        {
            Assert.Throws<FormatException>(() => Parse(dsn));
            return;
        }

        var builder = Parse(dsn);
        Assert.Equal((host, port, user, database), (builder.Host, builder.Port, builder.Username, builder.Database));
    }

    [Fact]
    public void Several_hosts_ask_for_the_primary()
    {
        var builder = Parse("postgresql://u@a,b:5433/d");
        Assert.Equal("a:5432,b:5433", builder.Host);
        Assert.Equal("primary", builder.TargetSessionAttributes);
        Assert.Equal("a:1,b:2", Parse("host=a,b port=1,2 dbname=d user=u target_session_attrs=read-write").Host);
    }

    [Theory]
    [InlineData("disable", SslMode.Disable)]
    [InlineData("require", SslMode.Require)]
    [InlineData("verify-ca", SslMode.VerifyCA)]
    [InlineData("verify-full", SslMode.VerifyFull)]
    public void The_ssl_mode_is_mapped(string text, SslMode mode)
    {
        var builder = Parse($"host=x user=u sslmode={text} sslrootcert=/ca.pem");
        Assert.Equal((mode, "/ca.pem"), (builder.SslMode, builder.RootCertificate));
    }

    [Fact]
    public void What_is_left_open_comes_from_the_environment()
    {
        var builder = Parse("", ("PGHOST", "h"), ("PGPORT", "6000"), ("PGDATABASE", "d"), ("PGUSER", "u"), ("PGPASSWORD", "pass"));
        Assert.Equal(("h", 6000, "d", "u", "pass"), (builder.Host, builder.Port, builder.Database, builder.Username, builder.Password));
        Assert.Equal("x", Parse("host=x", ("PGHOST", "h"), ("PGUSER", "u")).Host);
        Assert.Equal("u", Parse("host=x", ("PGUSER", "u")).Database);
    }

    [Fact]
    public void A_service_comes_from_its_file_and_the_address_wins_over_it()
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(
            path, "# comment\n[other]\nhost=no\n\n[us-shop]\nhost=us-db\nport=5433\ndbname=shop\nuser=bridge\n[last]\nhost=no\n");
        var builder = Parse("service=us-shop port=6000", ("PGSERVICEFILE", path));
        Assert.Equal(("us-db", 6000, "shop", "bridge"), (builder.Host, builder.Port, builder.Database, builder.Username));
        Assert.Contains(
            path, Assert.Throws<FormatException>(() => Parse("service=none", ("PGSERVICEFILE", path))).Message, StringComparison.Ordinal);
        File.Delete(path);
    }

    [Theory]
    [InlineData("postgresql://u:secret-pw@h/d?sslmoed=x", "sslmode")]
    [InlineData("hots=x password=secret-pw", "host")]
    [InlineData("host=x sslmode=sometimes password=secret-pw", "sslmode")]
    [InlineData("host=x port=abc", "port")]
    [InlineData("postgresql://u%zz@h/d", "%25")]
    [InlineData("just-a-name", "keyword=value")]
    [InlineData("password='secret-pw", "quote")]
    public void A_bad_address_is_refused_without_its_password(string dsn, string says)
    {
        var message = Assert.Throws<FormatException>(() => Parse(dsn)).Message;
        Assert.Contains(says, message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-pw", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgresql://u:hunter2@h/d", "postgresql://u:********@h/d")]
    [InlineData("host=x password=hunter2 dbname=d", "host=x password=******** dbname=d")]
    [InlineData("Host=x;Password=hunter2;Database=d", "Host=x;Password=********;Database=d")]
    public void Passwords_are_masked_by_place(string text, string masked) => Assert.Equal(masked, Redaction.None.Apply(text));
}
