using KafkaBridge.Options;
using KafkaBridge.Postgres;

namespace KafkaBridge.Copying;

/// <summary>A moment of a database that several sessions read; it lasts until it is disposed of.</summary>
internal sealed class CopySnapshot : IAsyncDisposable
{
    /// <summary>To be followed by SET TRANSACTION SNAPSHOT or by its export.</summary>
    public const string Begin = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

    readonly NodeDatabase database;

    CopySnapshot(NodeDatabase database, string id) => (this.database, Id) = (database, id);

    public string Id { get; }

    public NodeOptions Node => database.Node;

    public static async Task<CopySnapshot> TakeAsync(NodeOptions node, CancellationToken ct)
    {
        var database = await NodeDatabase.OpenAsync(node, ct);
        try
        {
            await BePatientAsync(database, ct);
            await database.ExecuteAsync(Begin, ct);
            return new CopySnapshot(database, (await database.ScalarAsync<string>("SELECT pg_catalog.pg_export_snapshot()", ct))!);
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whatever the role's own settings: a copy takes its time, and rows that a policy hides are an error, not left out.</summary>
    public static Task BePatientAsync(NodeDatabase database, CancellationToken ct) =>
        database.ExecuteAsync(SessionSettings.WithoutTimeouts + "; SET row_security = off", ct);

    /// <summary>In blocks, as the table is now: no smaller than what the snapshot has of it.</summary>
    public Task<long> SizeAsync(string table, CancellationToken ct) => database.ScalarAsync<long>(
        $"SELECT pg_catalog.pg_relation_size({SqlIdentifier.Literal(table)}::regclass) "
            + "/ pg_catalog.current_setting('block_size')::bigint", ct);

    public ValueTask DisposeAsync() => database.DisposeAsync();
}
