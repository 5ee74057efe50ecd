using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace KafkaBridge.TestKit;

/// <summary>What one finished command left behind.</summary>
public sealed record CommandResult(int ExitCode, string Output, string Error);

/// <summary>Runs other programs for the test kit.</summary>
public static class Commands
{
    private static readonly ConcurrentBag<FileStream> Claims = [];

    public static bool IsRoot => Environment.UserName == "root";

    /// <summary>Runs to the end; throws with the program's own words unless it ends with 0.</summary>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        CommandResult result = await TryAsync(program, arguments);
        return result.ExitCode == 0
            ? result.Output
            : throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)} ended with {result.ExitCode}\n{result.Output}{result.Error}");
    }

    public static async Task<CommandResult> TryAsync(string program, params string[] arguments)
    {
        // Through files, not pipes: a daemon that the program leaves behind would hold a pipe open for ever.
        string folder = Directory.CreateTempSubdirectory("kb-command-").FullName;
        try
        {
            string output = Path.Combine(folder, "out");
            string error = Path.Combine(folder, "err");
            var start = new ProcessStartInfo("/bin/bash")
            {
                ArgumentList =
                {
                    "-c", "out=$1 err=$2; shift 2; exec \"$@\" >\"$out\" 2>\"$err\" </dev/null", "run", output, error, program,
                },
            };
            foreach (string argument in arguments)
            {
                start.ArgumentList.Add(argument);
            }

            using Process process = Process.Start(start)!;
            await process.WaitForExitAsync();
            return new CommandResult(process.ExitCode, await File.ReadAllTextAsync(output), await File.ReadAllTextAsync(error));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>
    /// A free port of 127.0.0.1 such that the ones at the given distances are free too. They stay this process's till it ends: else
    /// another server would get the port of one that is killed and not started again yet.
    /// </summary>
    public static int FreePort(params int[] alsoAt)
    {
        for (int attempt = 0; attempt < 200; attempt++)
        {
            // Below the range from which the kernel takes ports for outgoing connections.
            int port = Random.Shared.Next(12_000, 32_000);
            if (((int[])[0, .. alsoAt]).Distinct().All(distance => IsFree(port + distance) && Claim(port + distance)))
            {
                return port;
            }
        }

        throw new InvalidOperationException("no free port found");
    }

    private static bool Claim(int port)
    {
        try
        {
            string folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "kb-ports")).FullName;
            string file = Path.Combine(folder, port.ToString(CultureInfo.InvariantCulture));
            Claims.Add(new FileStream(file, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None));
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
