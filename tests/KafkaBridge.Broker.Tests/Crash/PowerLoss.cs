using System.Globalization;

namespace KafkaBridge.Broker.Tests.Crash;

/// <summary>
/// What a power loss leaves of a broker's folder, by the record of what it had synced: of each file so much as was synced, of each
/// folder the entries that it had when it was synced. Of what came after that, a part may have reached the disk, or as zeros: the
/// seed decides. Files that were deleted do not come back here.
/// </summary>
sealed class PowerLoss(Random random)
{
    readonly Dictionary<string, long> lengths = [];
    readonly Dictionary<string, HashSet<string>> entries = [];

    readonly Dictionary<string, (string From, long Length)> moving = []; // by where to

    public static void Strike(string folder, string record, Random random)
    {
        var loss = new PowerLoss(random);
        loss.Read(record);
        loss.Take(folder);
        File.WriteAllLines(record, Left(folder));
    }

    void Read(string record)
    {
        foreach (var line in File.ReadLines(record).Select(line => line.Split(' ')))
        {
            switch (line)
            {
                case ["C", var path]:
                    foreach (var (to, move) in moving.Where(move => move.Value.From == path).ToList())
                    {
                        lengths[to] = move.Length; // the name is used again, so that move was made
                        moving.Remove(to);
                    }

                    lengths[path] = 0;
                    break;
                case ["S", var length, var path]:
                    if (moving.Remove(path, out var made))
                    {
                        lengths[path] = made.Length;
                    }

                    lengths[path] = Math.Max(lengths.GetValueOrDefault(path), long.Parse(length, CultureInfo.InvariantCulture));
                    break;
                case ["M", var from, var to]:
                    moving[to] = (from, lengths[from]);
                    break;
                case ["F", var synced, var names]:
                    entries[synced] = [.. names.Split('/')];
                    break;
                default:
                    throw new InvalidDataException($"{record}: {string.Join(' ', line)}");
            }
        }

        foreach (var (to, move) in moving.Where(move => !File.Exists(move.Value.From)))
        {
            lengths[to] = move.Length;
        }
    }

    // What a power loss has left is durable.
    static IEnumerable<string> Left(string folder) =>
    [
        $"F {folder} {string.Join('/', Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName))}",
        .. Directory.EnumerateFiles(folder).Select(file => $"S {new FileInfo(file).Length} {file}"),
        .. Directory.EnumerateDirectories(folder).SelectMany(Left),
    ];

    void Take(string at)
    {
        var known = entries.GetValueOrDefault(at, []);
        foreach (var path in Directory.EnumerateFileSystemEntries(at).ToList())
        {
            if (Directory.Exists(path))
            {
                if (known.Contains(Path.GetFileName(path)))
                {
                    Take(path);
                }
                else
                {
                    Directory.Delete(path, recursive: true);
                }
            }
            else if (known.Contains(Path.GetFileName(path)))
            {
                Cut(path);
            }
            else
            {
                File.Delete(path);
            }
        }
    }

    void Cut(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        var kept = Math.Min(file.Length, lengths.GetValueOrDefault(path));
        var reached = random.Next(3) == 0 ? kept : random.NextInt64(kept, file.Length + 1);
        var zeros = random.Next(3) == 0;
        file.SetLength(zeros ? kept : reached);
        file.SetLength(reached); // grows with zeros where it was cut
    }
}
