using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Numerics;
using System.Security.Cryptography;

namespace KafkaBridge.TestKit;

/// <summary>
/// Fresh data folders without initdb's second of processor time each: made once per version and test run, then copied. A copy gets a
/// system identifier of its own, as a cluster tells its nodes apart by it; initdb makes it from the clock.
/// </summary>
internal static class PostgresTemplate
{
    private const string Prefix = "kb-postgres-";

    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Templates = new();

    /// <summary>
    /// In memory where there is plenty: on a disk without a journal, ext4 spent a tenth of the tests' processor time looking for
    /// inodes that weren't deleted just now.
    /// </summary>
    private static readonly string Memory = RoomInMemory() ? "/dev/shm" : Path.GetTempPath();

    /// <summary>
    /// A new folder for a server to use: on a disk if what it writes is to be flushed. Named after this process, so that a later
    /// run deletes it if this one is killed.
    /// </summary>
    public static async Task<string> FolderAsync(string purpose, bool flushed = false) =>
        (await PostgresServer.AsServiceUserAsync(
            "mktemp", "-d",
            Path.Combine(flushed ? Path.GetTempPath() : Memory, $"{Prefix}{Environment.ProcessId}-{purpose}-XXXXXX"))).Trim();

    /// <summary>Fills the folder, which must not exist yet, as initdb of these binaries would.</summary>
    public static async Task CopyAsync(string binaries, string data)
    {
        string template = await Templates.GetOrAdd(binaries, _ => new Lazy<Task<string>>(() => InitializeAsync(binaries))).Value;
        await PostgresServer.AsServiceUserAsync("cp", "-r", "--sparse=always", template, data);
        Span<byte> identifier = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(identifier);
        identifier[^1] &= 0x7f; // shown as a positive number
        GiveIdentifier(data, identifier);
    }

    private static async Task<string> InitializeAsync(string binaries)
    {
        await PostgresServer.AsServiceUserAsync("rm", ["-rf", "--", .. LeftOver()]);
        string data = Path.Combine(await FolderAsync("template"), "data");
        await PostgresServer.AsServiceUserAsync(
            Path.Combine(binaries, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C");
        return data;
    }

    /// <summary>
    /// The identifier stands first in the control file, whose CRC-32C covers all before it, and in the long header of the first
    /// WAL segment's first page (src/include/catalog/pg_control.h, src/include/access/xlog_internal.h).
    /// </summary>
    private static void GiveIdentifier(string data, ReadOnlySpan<byte> identifier)
    {
        const int leastControlLength = 200;
        const int afterPageHeader = 24;
        string path = Path.Combine(data, "global", "pg_control");
        byte[] control = File.ReadAllBytes(path);
        int end = leastControlLength;
        while (BinaryPrimitives.ReadUInt32LittleEndian(control.AsSpan(end)) != Crc32C(control.AsSpan(0, end)))
        {
            end += sizeof(uint);
        }

        using FileStream segment = File.OpenWrite(Directory.GetFiles(Path.Combine(data, "pg_wal")).Single());
        segment.Position = afterPageHeader;
        segment.Write(identifier);
        identifier.CopyTo(control);
        BinaryPrimitives.WriteUInt32LittleEndian(control.AsSpan(end), Crc32C(control.AsSpan(0, end)));
        File.WriteAllBytes(path, control);
    }

    private static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }

    private static bool RoomInMemory()
    {
        const long enough = 8L << 30;
        return Directory.Exists("/dev/shm") && new DriveInfo("/dev/shm").AvailableFreeSpace >= enough;
    }

    /// <summary>What runs that are over left behind: their templates always, their servers' folders if they were killed.</summary>
    private static string[] LeftOver() =>
        [.. Directory.GetDirectories(Memory, Prefix + "*").Where(
            folder => !Directory.Exists("/proc/" + Path.GetFileName(folder)[Prefix.Length..].Split('-')[0]))];
}
