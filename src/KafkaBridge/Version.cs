using System.Reflection;

namespace KafkaBridge;

/// <summary>What was built, from which commit.</summary>
internal static class Version
{
    static readonly string[] Parts =
        (typeof(Version).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+', 2);

    public static string Text => Parts[0];

    public static string Commit => Parts.Length > 1 ? Parts[1] : "unknown";
}
