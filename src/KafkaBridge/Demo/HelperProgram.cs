using System.ComponentModel;
using System.Diagnostics;

namespace KafkaBridge.Demo;

/// <summary>Runs a program of the machine to its end.</summary>
internal static class HelperProgram
{
    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="StoppedException">It is missing, or ended with another code than 0.</exception>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, CancellationToken ct)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var error = process.StandardError.ReadToEndAsync(ct);
            var output = await process.StandardOutput.ReadToEndAsync(ct);
            await process.WaitForExitAsync(ct);
            return process.ExitCode == 0
                ? output
                : throw new StoppedException(
                    ExitCode.Failed, "KB1110", $"{program} ended with {process.ExitCode}", null, (await error).Trim());
        }
        catch (Win32Exception exception)
        {
            throw new StoppedException(ExitCode.Precondition, "KB1111", $"{program} can't be run", null, exception.Message);
        }
    }
}
