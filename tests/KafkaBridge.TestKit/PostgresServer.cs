using System.Globalization;
using Npgsql;

namespace KafkaBridge.TestKit;

/// <summary>
/// One private PostgreSQL server on 127.0.0.1, ready for logical replication. As root it runs as the user postgres, as initdb wants.
/// Unflushed (fsync = off, unless an extra setting says on): it survives a killed process, not a killed machine.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string ServiceUser = "postgres";

    private readonly string binaries;
    private readonly string folder;

    private PostgresServer(int version, string binaries, string folder, int port)
    {
        Version = version;
        this.binaries = binaries;
        this.folder = folder;
        Port = port;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    public int Version { get; }

    public int Port { get; }

    /// <summary>The server's own log, for a failed test's message.</summary>
    public string LogPath => Path.Combine(folder, "log");

    private string Data => Path.Combine(folder, "data");

    /// <summary>Starts a server of that major version; each extra setting is a line of postgresql.conf.</summary>
    public static async Task<PostgresServer> StartAsync(int version, params string[] extraSettings)
    {
        string binaries = (await Commands.RunAsync(
            Repository.Path("deploy", "postgres.sh"), version.ToString(CultureInfo.InvariantCulture))).Trim();
        string folder = await PostgresTemplate.FolderAsync(
            version.ToString(CultureInfo.InvariantCulture), flushed: extraSettings.Contains("fsync = on"));
        var server = new PostgresServer(version, binaries, folder, Commands.FreePort());
        try
        {
            await PostgresTemplate.CopyAsync(binaries, server.Data);
            string settings = string.Join('\n', (string[])
            [
                "listen_addresses = '127.0.0.1'",
                $"port = {server.Port}",
                $"unix_socket_directories = '{folder}'",
                "wal_level = logical",
                "track_commit_timestamp = on",
                "fsync = off",
                "max_connections = 60",
                "max_replication_slots = 20",
                "max_wal_senders = 20",
                "shared_buffers = '32MB'",
                "log_line_prefix = '%m [%p] %a '",
                .. extraSettings,
                "",
            ]);
            await AsServiceUserAsync(
                "bash", "-c", "printf '%s' \"$1\" >>\"$2\"", "append", settings, Path.Combine(server.Data, "postgresql.conf"));
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// TLS with that certificate, or none; every role but postgres needs TLS then and its password (scram-sha-256). New
    /// connections see it at once.
    /// </summary>
    public async Task UseTlsAsync(IssuedCertificate? certificate)
    {
        const string access = """
            local all postgres trust
            host all postgres all trust
            hostssl all all all scram-sha-256
            """;
        await WriteAsync("server.crt", certificate?.Certificate ?? "");
        await WriteAsync("server.key", certificate?.Key ?? "");
        await WriteAsync("pg_hba.conf", certificate is null ? access.Replace("hostssl", "host") : access);
        await ExecuteAsync("postgres", $"ALTER SYSTEM SET ssl = {(certificate is null ? "off" : "on")}");
        const string loaded = "SELECT pg_conf_load_time()";
        var before = await ScalarAsync<DateTime>("postgres", loaded);
        await AsServiceUserAsync(Path.Combine(binaries, "pg_ctl"), "reload", "-D", Data);
        await Eventually.TrueAsync(
            async () => await ScalarAsync<DateTime>("postgres", loaded) > before, $"PostgreSQL's configuration read again; see {LogPath}");
    }

    public string Uri(string database) => $"postgresql://postgres@127.0.0.1:{Port}/{database}";

    /// <summary>For Npgsql; not pooled, so that a stopped server leaves no broken connections behind.</summary>
    public string ConnectionString(string database) =>
        $"Host=127.0.0.1;Port={Port};Username=postgres;Database={database};Pooling=false;Include Error Detail=true";

    public Task CreateDatabaseAsync(string name) => ExecuteAsync("postgres", $"CREATE DATABASE \"{name.Replace("\"", "\"\"")}\"");

    /// <summary>A standby made from this server and promoted at once, as after a failover: a server of its own.</summary>
    public async Task<PostgresServer> PromotedCopyAsync()
    {
        string copied = await PostgresTemplate.FolderAsync(Version.ToString(CultureInfo.InvariantCulture));
        var copy = new PostgresServer(Version, binaries, copied, Commands.FreePort());
        try
        {
            await AsServiceUserAsync(
                Path.Combine(binaries, "pg_basebackup"), "-D", copy.Data, "-R", "-c", "fast", "-X", "stream", "-h", "127.0.0.1",
                "-p", Port.ToString(CultureInfo.InvariantCulture), "-U", "postgres");
            string settings = $"port = {copy.Port}\nunix_socket_directories = '{copied}'\n";
            await AsServiceUserAsync(
                "bash", "-c", "printf '%s' \"$1\" >>\"$2\"", "append", settings, Path.Combine(copy.Data, "postgresql.conf"));
            await copy.StartAgainAsync();
            await AsServiceUserAsync(Path.Combine(binaries, "pg_ctl"), "promote", "-w", "-D", copy.Data);
            return copy;
        }
        catch
        {
            await copy.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the server: immediately is as if it had crashed.</summary>
    public Task StopAsync(bool immediate = false) =>
        AsServiceUserAsync(Path.Combine(binaries, "pg_ctl"), "stop", "-w", "-D", Data, "-m", immediate ? "immediate" : "fast");

    /// <summary>Starts a stopped server again, with the same data and port.</summary>
    public async Task StartAgainAsync()
    {
        try
        {
            await AsServiceUserAsync(Path.Combine(binaries, "pg_ctl"), "start", "-w", "-t", "60", "-D", Data, "-l", LogPath);
        }
        catch (InvalidOperationException failure)
        {
            string log = File.Exists(LogPath) ? await File.ReadAllTextAsync(LogPath) : "(no log)";
            throw new InvalidOperationException($"PostgreSQL {Version} did not start: {failure.Message}\n{log}", failure);
        }
    }

    /// <summary>An open connection; the caller disposes of it.</summary>
    public async Task<NpgsqlConnection> ConnectAsync(string database)
    {
        var connection = new NpgsqlConnection(ConnectionString(database));
        try
        {
            await connection.OpenAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs one or more statements; returns how many rows they changed.</summary>
    public async Task<int> ExecuteAsync(string database, string sql)
    {
        await using NpgsqlConnection connection = await ConnectAsync(database);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first value of the first row; default for NULL or no row.</summary>
    public async Task<T?> ScalarAsync<T>(string database, string sql)
    {
        await using NpgsqlConnection connection = await ConnectAsync(database);
        await using var command = new NpgsqlCommand(sql, connection);
        object? value = await command.ExecuteScalarAsync();
        return value is null or DBNull ? default : (T)value;
    }

    /// <summary>
    /// Every row as one line, every value as PostgreSQL writes it, with | between; NULL is ∅. Fit for comparing whole
    /// tables.
    /// </summary>
    public async Task<IReadOnlyList<string>> TextAsync(string database, string sql)
    {
        await using NpgsqlConnection connection = await ConnectAsync(database);
        await using var command = new NpgsqlCommand(sql, connection) { AllResultTypesAreUnknown = true };
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "∅" : reader.GetString(i))));
        }

        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        if (File.Exists(Path.Combine(Data, "postmaster.pid")))
        {
            await AsServiceUserAsync(Path.Combine(binaries, "pg_ctl"), "stop", "-w", "-D", Data, "-m", "immediate");
        }

        await AsServiceUserAsync("rm", "-rf", folder);
    }

    /// <summary>A file of the data folder that its owner alone may read, written anew.</summary>
    private Task WriteAsync(string name, string text) =>
        AsServiceUserAsync("bash", "-c", "umask 077; printf '%s' \"$1\" >\"$2\"", "write", text, Path.Combine(Data, name));

    internal static Task<string> AsServiceUserAsync(string program, params string[] arguments) =>
        Commands.IsRoot
            ? Commands.RunAsync("runuser", ["-u", ServiceUser, "--", program, .. arguments])
            : Commands.RunAsync(program, arguments);

    private void OnProcessExit(object? sender, EventArgs e) => DisposeAsync().AsTask().GetAwaiter().GetResult();
}
