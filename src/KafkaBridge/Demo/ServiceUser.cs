namespace KafkaBridge.Demo;

/// <summary>The user that the demo's servers run as: whoever started it, or for root the user postgres, else nobody.</summary>
internal static class ServiceUser
{
    static readonly string? InsteadOfRoot = Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows() ? Choose() : null;

    public static Task RunAsync(string program, IEnumerable<string> arguments, CancellationToken ct) =>
        InsteadOfRoot is null
            ? HelperProgram.RunAsync(program, arguments, ct)
            : HelperProgram.RunAsync("runuser", ["-u", InsteadOfRoot, "--", program, .. arguments], ct);

    /// <summary>Gives a file or folder to that user.</summary>
    public static Task OwnAsync(string path, CancellationToken ct) =>
        InsteadOfRoot is null ? Task.CompletedTask : HelperProgram.RunAsync("chown", [InsteadOfRoot, path], ct);

    static string Choose() =>
        File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";
}
