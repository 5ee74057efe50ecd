using KafkaBridge.Options;
using KafkaBridge.Postgres;
using KafkaBridge.Tls;
using Npgsql;

namespace KafkaBridge;

/// <summary>Who a server says it is: a claim in the cluster's log names exactly this database.</summary>
internal sealed record DatabaseIdentity(string SystemIdentifier, uint DatabaseOid, string Database);

/// <summary>A node's database, open. Whatever fails here says at which node.</summary>
internal sealed class NodeDatabase : IAsyncDisposable
{
    NodeDatabase(NodeOptions node, NpgsqlConnection connection) => (Node, Connection) = (node, connection);

    public NodeOptions Node { get; }

    public NpgsqlConnection Connection { get; }

    public static Task<NodeDatabase> OpenAsync(NodeOptions node, CancellationToken ct) =>
        OpenAsync(node, SessionSettings.ForReplication(node.ConnectionString), ct);

    /// <summary>For a write that is captured like any user's.</summary>
    public static Task<NodeDatabase> OpenForPersonAsync(NodeOptions node, CancellationToken ct) =>
        OpenAsync(node, SessionSettings.ForPerson(node.ConnectionString), ct);

    static async Task<NodeDatabase> OpenAsync(NodeOptions node, string connectionString, CancellationToken ct)
    {
        var connection = new NpgsqlConnection(connectionString);
        try
        {
            await connection.OpenAsync(ct);
            return new NodeDatabase(node, connection);
        }
        catch (Exception exception)
        {
            ErrorReport.SetWhere(exception, Where(node));
            await connection.DisposeAsync();
            if (await PostgresTls.ExplainAsync(node, exception, ct) is { } explained)
            {
                throw explained;
            }

            throw;
        }
    }

    public static string Where(NodeOptions node) => $"node {node.Name} ({PgDsn.Describe(node.ConnectionString)})";

    /// <summary>Does something with the connection; an exception gets the node's name.</summary>
    public async Task<T> AtAsync<T>(Func<NpgsqlConnection, Task<T>> work)
    {
        try
        {
            return await work(Connection);
        }
        catch (Exception exception)
        {
            ErrorReport.SetWhere(exception, Where(Node));
            throw;
        }
    }

    public Task AtAsync(Func<NpgsqlConnection, Task> work) =>
        AtAsync(async connection =>
        {
            await work(connection);
            return true;
        });

    public Task<T?> ScalarAsync<T>(string sql, CancellationToken ct) =>
        AtAsync(async connection =>
        {
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
            return await command.ExecuteScalarAsync(ct) is T value ? value : default;
        });

    public Task ExecuteAsync(string sql, CancellationToken ct) =>
        AtAsync(async connection =>
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(ct);
        });

    public async Task<DatabaseIdentity> IdentityAsync(CancellationToken ct)
    {
        var system = await ScalarAsync<string>("SELECT system_identifier::text FROM pg_catalog.pg_control_system()", ct);
        var oid = await ScalarAsync<uint>("SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()", ct);
        var name = await ScalarAsync<string>("SELECT pg_catalog.current_database()::text", ct);
        return new DatabaseIdentity(system!, oid, name!);
    }

    public ValueTask DisposeAsync() => Connection.DisposeAsync();
}

/// <summary>The databases of all nodes, opened together.</summary>
internal sealed class NodeDatabases : List<NodeDatabase>, IAsyncDisposable
{
    public NodeDatabase Of(NodeOptions node) => Find(database => database.Node.Name == node.Name)!;

    public static async Task<NodeDatabases> OpenAsync(IEnumerable<NodeOptions> nodes, CancellationToken ct)
    {
        var databases = new NodeDatabases();
        try
        {
            foreach (var node in nodes)
            {
                databases.Add(await NodeDatabase.OpenAsync(node, ct));
            }

            return databases;
        }
        catch
        {
            await databases.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var database in this)
        {
            await database.DisposeAsync();
        }
    }
}
