using System.Globalization;
using System.Runtime.InteropServices;
using Npgsql;

namespace KafkaBridge.Postgres;

/// <summary>
/// How many bytes have to be there before a connection's socket counts as readable (SO_RCVLOWAT). The server sends each message of a
/// stream by itself, and each wakes two threads here, also while nobody wants to read. Npgsql does not give its socket: it is found by
/// the port that the server sees, and held by a descriptor of our own, so that no other can take its number. One caller.
/// </summary>
sealed class ReceiveLowWater : IDisposable
{
    const string Descriptors = "/proc/self/fd";
    const int Socket = 1; // SOL_SOCKET
    const int LowWater = 18; // SO_RCVLOWAT

    int descriptor;

    ReceiveLowWater(int descriptor) => this.descriptor = descriptor;

    /// <summary>Null where it can't be found: not Linux, no TCP, a proxy between.</summary>
    /// <param name="control">Another connection to the same server.</param>
    /// <param name="process">The server's process of the connection whose socket it is.</param>
    public static async Task<ReceiveLowWater?> FindAsync(NpgsqlConnection control, int process, CancellationToken ct)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        await using var command = new NpgsqlCommand("SELECT client_port FROM pg_catalog.pg_stat_activity WHERE pid = $1", control);
        command.Parameters.Add(new NpgsqlParameter { Value = process });
        return await command.ExecuteScalarAsync(ct) is int port and > 0
            && Inode(Hex(port), Hex(control.Port)) is { } inode ? Held($"socket:[{inode}]") : null;
    }

    /// <summary>Nobody is to be woken before there is what one call of the system takes: then to wait is of no more use.</summary>
    public void Raise() => Set(SessionSettings.BufferBytes);

    /// <summary>The first byte wakes.</summary>
    public void Lower() => Set(1);

    public void Dispose()
    {
        if (descriptor >= 0)
        {
            Lower();
            _ = NativeMethods.Close(descriptor);
            descriptor = -1;
        }
    }

    void Set(int bytes)
    {
        if (descriptor >= 0)
        {
            _ = NativeMethods.SetOption(descriptor, Socket, LowWater, in bytes, sizeof(int));
        }
    }

    /// <summary>Of this process's network's sockets the one with these ports, if there is only one.</summary>
    static string? Inode(string localPort, string remotePort)
    {
        var found = new[] { "/proc/self/net/tcp", "/proc/self/net/tcp6" }.Where(File.Exists).SelectMany(File.ReadLines)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length > 9 && fields[1].EndsWith(localPort, StringComparison.Ordinal)
                && fields[2].EndsWith(remotePort, StringComparison.Ordinal))
            .Select(fields => fields[9]).Take(2).ToArray();
        return found is [var inode] ? inode : null;
    }

    /// <summary>A descriptor of our own of that socket; by then its number may have become another's, which is let go again.</summary>
    static ReceiveLowWater? Held(string socket)
    {
        var all = Directory.EnumerateFileSystemEntries(Descriptors);
        if (all.FirstOrDefault(path => new FileInfo(path).LinkTarget == socket) is not { } path
            || NativeMethods.Duplicate(int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture)) is not (>= 0 and var own))
        {
            return null;
        }

        if (new FileInfo(Path.Combine(Descriptors, own.ToString(CultureInfo.InvariantCulture))).LinkTarget == socket)
        {
            return new ReceiveLowWater(own);
        }

        _ = NativeMethods.Close(own);
        return null;
    }

    static string Hex(int port) => ":" + port.ToString("X4", CultureInfo.InvariantCulture);

    static class NativeMethods
    {
        [DllImport("libc", EntryPoint = "dup")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Duplicate(int descriptor);

        [DllImport("libc", EntryPoint = "setsockopt")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int SetOption(int descriptor, int level, int name, in int value, uint length);

        [DllImport("libc", EntryPoint = "close")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Close(int descriptor);
    }
}
