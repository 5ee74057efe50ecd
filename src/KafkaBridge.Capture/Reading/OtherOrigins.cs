using KafkaBridge.Postgres;
using Npgsql;

namespace KafkaBridge.Capture.Reading;

/// <summary>
/// Looks whether there is an origin that is not a bridge's: what is written under it has to be published, and a stream that leaves out
/// what has an origin does not show it. A look that finds none vouches for all that committed before it.
/// </summary>
sealed class OtherOrigins(string connectionString) : IAsyncDisposable
{
    readonly NpgsqlConnection connection = new(SessionSettings.ForReplication(connectionString));
    volatile bool matter;

    /// <summary>From now on nothing with an origin is read.</summary>
    public async Task BeginAsync(CancellationToken ct)
    {
        await connection.OpenAsync(ct);
        matter = true;
    }

    /// <summary>To be asked before what was read is written down as read. One caller.</summary>
    /// <exception cref="IOException">There is one: the next session reads again, all origins, from what was last written down.</exception>
    public async ValueTask RequireNoneAsync(CancellationToken ct)
    {
        if (!matter)
        {
            return;
        }

        await using var command = new NpgsqlCommand($"SELECT {ReplicationOrigin.OtherSql}", connection);
        if (await command.ExecuteScalarAsync(ct) is string name)
        {
            throw new IOException(
                $"The replication origin {name} has come to be, which is not a bridge's: what is written under it is published too. "
                + "The log is read again with all origins.");
        }
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
