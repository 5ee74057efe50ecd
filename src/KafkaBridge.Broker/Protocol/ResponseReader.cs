using System.Buffers;
using KafkaBridge.Broker.Log;

namespace KafkaBridge.Broker.Protocol;

/// <summary>Records of a file that belong into a response after so many of its own bytes.</summary>
readonly record struct PlacedRecords(int After, LogSlice Slice);

/// <summary>
/// A response with records from files, piece by piece: a piece is sent while it is still in the processor's cache, and an answer of
/// megabytes needs no buffer of its size.
/// </summary>
sealed class ResponseReader(KafkaWriter response)
{
    const int PieceBytes = 64 << 10;

    readonly ReadOnlyMemory<byte> own = response.Complete();
    readonly IReadOnlyList<PlacedRecords> files = response.Files;
    int ownRead;
    int file;
    int fileRead;

    /// <exception cref="IOException">The client has gone, or a file can't be read.</exception>
    public static async Task SendAsync(KafkaWriter response, Stream stream, CancellationToken ct)
    {
        if (response.Files.Count == 0)
        {
            await stream.WriteAsync(response.Complete(), ct);
            return;
        }

        var reader = new ResponseReader(response);
        var piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            while (reader.Read(piece) is var read and > 0)
            {
                await stream.WriteAsync(piece.AsMemory(0, read), ct);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <summary>The next bytes of the frame: as many as the target takes, fewer only at the end.</summary>
    public int Read(Span<byte> target)
    {
        var filled = 0;
        while (filled < target.Length && (file < files.Count || ownRead < own.Length))
        {
            filled += file < files.Count && ownRead == files[file].After
                ? ReadFile(target[filled..])
                : ReadOwn(target[filled..]);
        }

        return filled;
    }

    int ReadOwn(Span<byte> target)
    {
        var until = file < files.Count ? files[file].After : own.Length;
        var count = Math.Min(until - ownRead, target.Length);
        own.Span.Slice(ownRead, count).CopyTo(target);
        ownRead += count;
        return count;
    }

    int ReadFile(Span<byte> target)
    {
        var slice = files[file].Slice;
        var count = Math.Min(slice.Bytes - fileRead, target.Length);
        slice.Read(fileRead, target[..count]);
        fileRead += count;
        if (fileRead == slice.Bytes)
        {
            (file, fileRead) = (file + 1, 0);
        }

        return count;
    }
}
