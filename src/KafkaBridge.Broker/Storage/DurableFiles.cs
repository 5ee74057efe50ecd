using System.Runtime.InteropServices;
using System.Text;

namespace KafkaBridge.Broker.Storage;

/// <summary>Making files appear, whole or not at all, so that a power loss does not take them back.</summary>
static class DurableFiles
{
    /// <summary>Replaces the file's content at once.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".tmp";
        using (var file = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(file, content, 0);
            RandomAccess.FlushToDisk(file);
        }

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
