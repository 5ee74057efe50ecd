using System.Threading.Channels;
using KafkaBridge.Changes;
using KafkaBridge.Postgres;
using Npgsql;

namespace KafkaBridge.Capture.Reading;

/// <summary>The server's clock, read before the WAL's end: whatever commits later with an older time lies behind that end.</summary>
/// <param name="HasOthers">There are origins that are not a bridge's.</param>
sealed record ClockReading(long Tick, Lsn WalEnd, bool HasOthers);

/// <summary>Reads the server's clock and WAL position at each heartbeat, on a connection of its own. No write to the source.</summary>
sealed class SourceClock(string connectionString, TimeSpan interval, CaptureProgress progress)
{
    readonly Channel<ClockReading> readings = Channel.CreateBounded<ClockReading>(
        new BoundedChannelOptions(Limits.PendingBeats)
        {
            FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true, SingleWriter = true,
        });

    public ChannelReader<ClockReading> Readings => readings.Reader;

    public async Task RunAsync(CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(SessionSettings.ForReplication(connectionString));
        await connection.OpenAsync(ct);
        using var timer = new PeriodicTimer(interval);
        do
        {
            // Two statements, in this order: the clock must not be later than the position.
            var asked = DateTime.UtcNow;
            var clock = await ScalarAsync<long>(
                connection, "SELECT (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::bigint", ct);
            var here = asked + ((DateTime.UtcNow - asked) / 2);
            var end = await ScalarAsync<string>(connection, "SELECT pg_catalog.pg_current_wal_insert_lsn()::text", ct);
            var hasOthers = await ScalarAsync<bool>(connection, $"SELECT {ReplicationOrigin.OtherSql} IS NOT NULL", ct);
            var reading = new ClockReading(clock / Tick.Microseconds, Lsn.Parse(end).WithoutPageHeader(), hasOthers);
            progress.Read(reading, UnixTime.At(clock) - here);
            readings.Writer.TryWrite(reading);
        }
        while (await timer.WaitForNextTickAsync(ct));
    }

    static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(ct))!;
    }
}
