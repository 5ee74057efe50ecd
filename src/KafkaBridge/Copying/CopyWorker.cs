using KafkaBridge.Options;
using KafkaBridge.Postgres;

namespace KafkaBridge.Copying;

/// <summary>
/// Two sessions, each in one transaction: one reads from the snapshot, the other writes what it reads. Nothing is there before
/// <see cref="CommitAsync"/>; a worker that is disposed of without has written nothing.
/// </summary>
internal sealed class CopyWorker : IAsyncDisposable
{
    const int BufferBytes = 128 * 1024;

    readonly NodeDatabase source;
    readonly NodeDatabase target;
    readonly byte[] buffer = new byte[BufferBytes];

    CopyWorker(NodeDatabase source, NodeDatabase target) => (this.source, this.target) = (source, target);

    public static async Task<CopyWorker> OpenAsync(CopySnapshot snapshot, NodeOptions to, CancellationToken ct)
    {
        var source = await NodeDatabase.OpenAsync(snapshot.Node, ct);
        try
        {
            await CopySnapshot.BePatientAsync(source, ct);
            await source.ExecuteAsync(
                CopySnapshot.Begin + $"; SET TRANSACTION SNAPSHOT {SqlIdentifier.Literal(snapshot.Id)}", ct);
            var target = await NodeDatabase.OpenAsync(to, ct);
            try
            {
                await target.AtAsync(connection => SessionSettings.BecomeReplicaAsync(connection, ct));
                await CopySnapshot.BePatientAsync(target, ct);
                await target.ExecuteAsync("BEGIN", ct);
                return new CopyWorker(source, target);
            }
            catch
            {
                await target.DisposeAsync();
                throw;
            }
        }
        catch
        {
            await source.DisposeAsync();
            throw;
        }
    }

    /// <summary>Copies a piece as the servers write it, in COPY's text format: it is alike on all versions and for all types.</summary>
    /// <param name="moved">Told of each buffer: rows and bytes.</param>
    public Task CopyAsync(CopyPiece piece, Action<long, long> moved, CancellationToken ct) => source.AtAsync(async reading =>
    {
        using var export = (StreamReader)await reading.BeginTextExportAsync(piece.CopyOut, ct);
        await target.AtAsync(async writing =>
        {
            var import = (StreamWriter)await writing.BeginTextImportAsync(piece.CopyIn, ct);
            // One read brings one row.
            for (int read; (read = await export.BaseStream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct)) > 0;)
            {
                await import.BaseStream.WriteAsync(buffer.AsMemory(0, read), ct);
                moved(buffer.AsSpan(0, read).Count((byte)'\n'), read); // within a value it is written as \n
            }

            await import.DisposeAsync(); // the server's answer; where anything failed before, the session is thrown away
        });
    });

    public Task CommitAsync(CancellationToken ct) => target.ExecuteAsync("COMMIT", ct);

    public async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        await target.DisposeAsync();
    }
}
