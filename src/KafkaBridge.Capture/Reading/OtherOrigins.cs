using System.Diagnostics;
using KafkaBridge.Changes;
using KafkaBridge.Postgres;
using Npgsql;

namespace KafkaBridge.Capture.Reading;

/// <summary>
/// Looks whether there is an origin that is not a bridge's: what is written under it has to be published, and a stream that leaves out
/// what has an origin does not show it. A look that finds none vouches for all that was decoded when it began.
/// </summary>
sealed class OtherOrigins(string connectionString) : IAsyncDisposable
{
    readonly NpgsqlConnection connection = new(SessionSettings.ForReplication(connectionString));
    readonly Lock guard = new(); // guards the three below
    Task look = Task.CompletedTask;
    Lsn vouched; // for by the look, once it has ended well
    long begun;
    CancellationToken end;
    volatile bool matter;

    /// <summary>From now on nothing with an origin is read.</summary>
    /// <param name="ct">Ends every look.</param>
    public async Task BeginAsync(CancellationToken ct)
    {
        end = ct;
        await connection.OpenAsync(ct);
        matter = true;
    }

    /// <summary>Begins a look if none has begun for a while: it is over when Kafka has answered for the rows.</summary>
    /// <param name="decoded">The end of what is decoded.</param>
    public void LookAhead(Lsn decoded)
    {
        if (!matter)
        {
            return;
        }

        lock (guard)
        {
            if (look.IsCompletedSuccessfully && Stopwatch.GetElapsedTime(begun) >= Limits.LookAhead)
            {
                Begin(decoded);
            }
        }
    }

    /// <summary>To be asked before what was decoded is written down as published.</summary>
    /// <exception cref="IOException">There is one: the next session reads again, all origins, from what was last written down.</exception>
    public async ValueTask RequireNoneAsync(Lsn decoded)
    {
        while (matter)
        {
            Task current;
            bool suffices;
            lock (guard)
            {
                if (vouched < decoded && look.IsCompletedSuccessfully)
                {
                    Begin(decoded);
                }

                (current, suffices) = (look, vouched >= decoded);
            }

            await current;
            if (suffices)
            {
                return;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await look.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        await connection.DisposeAsync();
    }

    void Begin(Lsn decoded)
    {
        (vouched, begun) = (decoded, Stopwatch.GetTimestamp());
        look = Task.Run(LookAsync, end);
    }

    async Task LookAsync()
    {
        await using var command = new NpgsqlCommand($"SELECT {ReplicationOrigin.OtherSql}", connection);
        if (await command.ExecuteScalarAsync(end) is string name)
        {
            throw new IOException(
                $"The replication origin {name} has come to be, which is not a bridge's: what is written under it is published too. "
                + "The log is read again with all origins.");
        }
    }
}
