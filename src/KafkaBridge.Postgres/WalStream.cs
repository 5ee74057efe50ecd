using System.Numerics;
using KafkaBridge.Changes;
using Npgsql;
using Npgsql.Replication;
using Npgsql.Replication.Internal;
using NpgsqlTypes;

namespace KafkaBridge.Postgres;

/// <summary>
/// The raw pgoutput messages of a slot, in the server's order. While nobody reads, a timer goes on answering the server,
/// so a slow reader is safe for any wal_sender_timeout of 30 s and more. One reader.
/// </summary>
public sealed class WalStream : IAsyncDisposable
{
    const int InitialBuffer = 64 * 1024;

    /// <summary>A larger buffer serves one message only.</summary>
    const int LargestKept = 1024 * 1024;

    readonly LogicalReplicationConnection connection;
    readonly string slot;
    readonly CancellationTokenSource stop;
    readonly IAsyncEnumerator<XLogDataMessage> messages;
    byte[] buffer = new byte[InitialBuffer];
    Task<bool> lastRead = Task.FromResult(true);
    ReceiveLowWater? lowWater;

    WalStream(LogicalReplicationConnection connection, string slot, Lsn? ownFrom, CancellationToken ct)
    {
        this.connection = connection;
        this.slot = slot;
        (OwnOnly, ProcessId, MayLeaveOut) =
            (ownFrom is not null, connection.ProcessID, connection.PostgreSqlVersion.Major >= AppliedMark.Since);
        stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        messages = connection.StartLogicalReplication(
            new Slot(slot), stop.Token, ownFrom is { } from ? new NpgsqlLogSequenceNumber(from.Value) : null, Options,
            bypassingStream: false).GetAsyncEnumerator(stop.Token);
    }

    /// <summary>Whether this server can leave out what has an origin, and those that apply leave marks in its WAL.</summary>
    public bool MayLeaveOut { get; }

    /// <summary>What has an origin is left out.</summary>
    public bool OwnOnly { get; }

    /// <summary>The message last read. It is valid until the next <see cref="ReadAsync"/>.</summary>
    public ReadOnlyMemory<byte> Message { get; private set; }

    /// <summary>The WAL position of <see cref="Message"/>; of a Commit, the end of its record.</summary>
    public Lsn MessageLsn { get; private set; }

    /// <summary>The server's process of this stream.</summary>
    public int ProcessId { get; }

    /// <summary>
    /// The highest position that the server has named, by message or keepalive. Outside a transaction all that committed
    /// before it has been read: decoding is in commit order, and only a Commit message names a position behind its own commit.
    /// </summary>
    public Lsn Received => new((ulong)connection.LastReceivedLsn);

    IEnumerable<KeyValuePair<string, string?>> Options =>
    [
        new("proto_version", "1"),
        // The list is parsed as identifiers, so each is quoted.
        new("publication_names", $"{SqlIdentifier.Quote(Publication.Keyed)},{SqlIdentifier.Quote(Publication.Inserts)}"),
        .. MayLeaveOut ? ForMarks : [],
    ];

    IEnumerable<KeyValuePair<string, string?>> ForMarks => [new("messages", "true"), new("origin", OwnOnly ? "none" : "any")];

    /// <summary>Connects; the slot itself is taken by the first <see cref="ReadAsync"/>.</summary>
    /// <param name="ownFrom">From there on without what has an origin, as all before has been read; null: all not confirmed.</param>
    public static async Task<WalStream> OpenAsync(string connectionString, string slot, Lsn? ownFrom, CancellationToken ct)
    {
        var connection = new LogicalReplicationConnection(SessionSettings.ForStream(connectionString));
        try
        {
            await connection.Open(ct);
            return new WalStream(connection, slot, ownFrom, ct);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Reads the next message into <see cref="Message"/>, waiting for it as long as it takes.</summary>
    /// <returns>False when the server ended the stream.</returns>
    /// <exception cref="SlotInUseException">Another process holds the slot.</exception>
    public Task<bool> ReadAsync() => lastRead = ReadOneAsync();

    async Task<bool> ReadOneAsync()
    {
        try
        {
            if (!await messages.MoveNextAsync())
            {
                return false;
            }
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.ObjectInUse)
        {
            throw new SlotInUseException(slot, PidIn(error.MessageText), error);
        }

        var message = messages.Current;
        var stream = message.Data;
        var length = checked((int)stream.Length);
        if (length > buffer.Length || buffer.Length > LargestKept)
        {
            buffer = new byte[length > LargestKept ? length : (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(length, InitialBuffer))];
        }

        // The enumerator ends this read too when it is cancelled; a token of its own would cost a registration for each message.
        await stream.ReadExactlyAsync(buffer.AsMemory(0, length), CancellationToken.None);
        Message = buffer.AsMemory(0, length);
        MessageLsn = new Lsn((ulong)message.WalStart);
        return true;
    }

    /// <summary>Lets <see cref="Gather"/> do what it says, where it can.</summary>
    /// <param name="control">Another connection to the same server.</param>
    public async Task PrepareGatheringAsync(NpgsqlConnection control, CancellationToken ct) =>
        lowWater = await ReceiveLowWater.FindAsync(control, ProcessId, ct);

    /// <summary>What the server sends is left to gather, and wakes nobody, till <see cref="Listen"/>: nobody waits for a read.</summary>
    public void Gather() => lowWater?.Raise();

    /// <summary>The next byte that comes ends the read that waits for it.</summary>
    public void Listen() => lowWater?.Lower();

    /// <summary>The server may forget all before the position. Goes out with the next status; never moves back.</summary>
    public void Confirm(Lsn lsn)
    {
        if (lsn > new Lsn((ulong)connection.LastFlushedLsn))
        {
            connection.SetReplicationStatus(new NpgsqlLogSequenceNumber(lsn.Value));
        }
    }

    /// <summary>
    /// Sends what was confirmed, now. Before the stream has begun, or once it has ended, that is left to <see cref="ReadAsync"/>.
    /// </summary>
    public async Task SendStatusAsync(CancellationToken ct)
    {
        try
        {
            await connection.SendStatusUpdate(ct);
        }
        catch (Exception error) when (error is InvalidOperationException or NullReferenceException)
        {
            // Npgsql's words for "not replicating", the second while it begins or has ended: taking the slot takes long on a busy
            // server, and the end is the reader's to tell.
        }
    }

    public async ValueTask DisposeAsync()
    {
        lowWater?.Dispose();
        await stop.CancelAsync();

        // Npgsql's enumerator must not be disposed of while a read is under way: the process would die of it.
        await lastRead.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        try
        {
            await messages.DisposeAsync();
        }
        catch (Exception error) when (error is OperationCanceledException or NpgsqlException or IOException)
        {
            // The stream was broken already; the connection goes away below in any case.
        }

        await connection.DisposeAsync();
        stop.Dispose();
    }

    /// <summary>The server's words: replication slot "x" is active for PID 123.</summary>
    static int? PidIn(string message)
    {
        var digits = message[(message.LastIndexOf(' ') + 1)..];
        return int.TryParse(digits, out var pid) ? pid : null;
    }

    sealed class Slot(string name) : LogicalReplicationSlot(ReplicationSlot.Plugin, new ReplicationSlotOptions(name));
}
