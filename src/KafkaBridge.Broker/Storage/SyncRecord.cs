namespace KafkaBridge.Broker.Storage;

/// <summary>
/// For tests: writes down what a power loss could not take. One line for each file that is made, empty ("C path"), or made durable up
/// to a length ("S length path"; two syncs of one file may be written down in either order), for each rename ("M from to", before it
/// happens), and for each folder whose entries were made durable ("F folder entry/entry/…").
/// The record is not synced itself: it outlives the process, which is all that the test ends.
/// </summary>
sealed class SyncRecord : IDisposable
{
    readonly Lock guard = new(); // of lines
    readonly FileStream lines;

    public SyncRecord(string path) => lines = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);

    /// <summary>Of this process; null but in tests.</summary>
    public static SyncRecord? Current { get; set; }

    public void Created(string path) => Add($"C {path}");

    public void Durable(string path, long length) => Add($"S {length} {path}");

    public void Moving(string from, string to) => Add($"M {from} {to}");

    public void DurableEntries(string folder) =>
        Add($"F {folder} {string.Join('/', Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName))}");

    public void Dispose() => lines.Dispose();

    void Add(string line)
    {
        lock (guard)
        {
            lines.Write(System.Text.Encoding.UTF8.GetBytes(line + '\n'));
            lines.Flush();
        }
    }
}
