using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace KafkaBridge.Broker.Storage;

/// <summary>What a power loss must not take back goes through here: files' content, and files that appear whole or not at all.</summary>
static class DurableFiles
{
    /// <summary>Makes durable what has been written to the file.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public static void Sync(SafeFileHandle file, string path)
    {
        var length = SyncRecord.Current is null ? 0 : RandomAccess.GetLength(file); // what is written meanwhile may not be covered
        RandomAccess.FlushToDisk(file);
        SyncRecord.Current?.Durable(path, length);
    }

    /// <summary>Makes a new, empty file, or empties the one that is there.</summary>
    public static SafeFileHandle Create(string path)
    {
        SyncRecord.Current?.Created(path);
        return File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read);
    }

    /// <summary>Replaces the file's content at once.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".tmp";
        using (var file = Create(temporary))
        {
            RandomAccess.Write(file, content, 0);
            Sync(file, temporary);
        }

        SyncRecord.Current?.Moving(temporary, path);
        File.Move(temporary, path, overwrite: true);
        SyncFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Makes the folder's entries durable: files made, renamed or deleted in it.</summary>
    /// <exception cref="IOException">The system refused.</exception>
    public static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return; // a folder can't be synced there, and needs none of it on NTFS
        }

        var descriptor = NativeMethods.Open(Encoding.UTF8.GetBytes(folder + '\0'), 0);
        if (descriptor < 0)
        {
            throw new IOException($"{folder} can't be opened to sync it: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        var result = NativeMethods.Sync(descriptor);
        var reason = Marshal.GetLastPInvokeErrorMessage();
        _ = NativeMethods.Close(descriptor);
        if (result != 0)
        {
            throw new IOException($"{folder} can't be synced: {reason}");
        }

        SyncRecord.Current?.DurableEntries(folder);
    }

    static class NativeMethods
    {
        [DllImport("libc", EntryPoint = "open", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Open(byte[] path, int flags);

        [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Sync(int descriptor);

        [DllImport("libc", EntryPoint = "close", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Close(int descriptor);
    }
}
