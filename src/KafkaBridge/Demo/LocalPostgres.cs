using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace KafkaBridge.Demo;

/// <summary>
/// A throwaway PostgreSQL server on 127.0.0.1, ready for replication. Root runs it as another user, because PostgreSQL refuses root.
/// </summary>
internal sealed class LocalPostgres : IAsyncDisposable
{
    public const string Database = "shop";
    const string Role = "demo";

    readonly PostgresBinaries binaries;
    readonly string data;

    LocalPostgres(string name, PostgresBinaries binaries, string data, int port, string password) =>
        (Name, this.binaries, this.data, Port, Password) = (name, binaries, data, port, password);

    public string Name { get; }
    public int Port { get; }

    /// <summary>Of the role demo: made for this server alone, and gone with it.</summary>
    public string Password { get; }

    public string Uri => $"postgresql://{Role}:{Password}@127.0.0.1:{Port}/{Database}";

    string ConnectionStringOf(string database) =>
        $"Host=127.0.0.1;Port={Port};Username={Role};Password={Password};Database={database};Pooling=false";

    /// <param name="folder">Exists, belongs to the user the server runs as, and takes the server's files under its name.</param>
    public static async Task<LocalPostgres> StartAsync(string name, PostgresBinaries binaries, string folder, CancellationToken ct)
    {
        var password = RandomNumberGenerator.GetHexString(16, lowercase: true);
        var server = new LocalPostgres(name, binaries, Path.Combine(folder, name), FreePort.Next(), password);
        var passwordFile = Path.Combine(folder, $"{name}.password");
        await File.WriteAllTextAsync(passwordFile, server.Password, ct);
        await ServiceUser.OwnAsync(passwordFile, ct);
        await ServiceUser.RunAsync(
            binaries.Program("initdb"),
            [
                "-D", server.data, "-U", Role, "-A", "scram-sha-256", "--pwfile", passwordFile, "-E", "UTF8", "--locale=C", "--no-sync",
            ], ct);
        File.Delete(passwordFile);
        await File.AppendAllLinesAsync(
            Path.Combine(server.data, "postgresql.conf"),
            [
                "listen_addresses = '127.0.0.1'", string.Create(CultureInfo.InvariantCulture, $"port = {server.Port}"),
                "unix_socket_directories = ''", "wal_level = logical", "track_commit_timestamp = on", "shared_buffers = '32MB'",
            ], ct);
        try
        {
            await server.PgCtlAsync(["start", "-w", "-t", "60", "-l", server.data + ".log"], ct);
            await using var connection = new NpgsqlConnection(server.ConnectionStringOf("postgres"));
            await connection.OpenAsync(ct);
            await using var command = new NpgsqlCommand($"CREATE DATABASE {Database}", connection);
            await command.ExecuteNonQueryAsync(ct);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async Task ExecuteAsync(string sql, CancellationToken ct)
    {
        await using var connection = await ConnectAsync(ct);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    public async Task<NpgsqlConnection> ConnectAsync(CancellationToken ct)
    {
        var connection = new NpgsqlConnection(ConnectionStringOf(Database));
        await connection.OpenAsync(ct);
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Path.Combine(data, "postmaster.pid")))
        {
            await PgCtlAsync(["stop", "-w", "-m", "immediate"], CancellationToken.None);
        }
    }

    Task PgCtlAsync(IEnumerable<string> arguments, CancellationToken ct) =>
        ServiceUser.RunAsync(binaries.Program("pg_ctl"), [.. arguments, "-D", data], ct);
}
