using System.Security.Cryptography;
using System.Text;
using KafkaBridge.Changes;
using KafkaBridge.Wire.Avro;

namespace KafkaBridge.Wire;

/// <summary>
/// The names of a cluster's topics. A table's topic has three parts separated by dots and the others two, so they never
/// meet; two tables share a name only where SHA-256 of both agrees.
/// </summary>
public sealed class TopicNames(string cluster)
{
    const int HashDigits = 16;
    const string Internal = "internal";

    public string Cluster { get; } = cluster;

    public string Spine { get; } = cluster + ".spine";

    public string Nodes { get; } = cluster + ".nodes";

    public string Chunks { get; } = cluster + ".chunks";

    public string Schemas { get; } = cluster + ".schemas";

    public string Ddl { get; } = cluster + ".ddl";

    public string Conflicts { get; } = cluster + ".conflicts";

    public string Dlq { get; } = cluster + ".dlq";

    public string ForTable(RelationName name)
    {
        var output = new StringBuilder(Cluster);
        Append(output.Append('.'), name.Namespace);
        Append(output.Append('.'), name.Name);
        EscapeInternalSuffix(output);
        return output.Length <= Limits.TopicName ? output.ToString() : Cut(output.ToString());
    }

    /// <summary>Escapes the underscore before a u too, so that the name can be read back.</summary>
    static void Append(StringBuilder output, string part)
    {
        for (var i = 0; i < part.Length; i++)
        {
            var unit = part[i];
            var opensEscape = unit == '_' && i + 1 < part.Length && part[i + 1] == 'u';
            if ((EscapedName.IsWord(unit) || unit == '-') && !opensEscape)
            {
                output.Append(unit);
            }
            else
            {
                EscapedName.Escape(output, unit);
            }
        }
    }

    /// <summary>MirrorMaker 2 never mirrors a topic that ends with .internal or -internal.</summary>
    static void EscapeInternalSuffix(StringBuilder output)
    {
        var start = output.Length - Internal.Length;
        if (output[start - 1] is '.' or '-' && output.ToString(start, Internal.Length) == Internal)
        {
            output.Remove(start, 1);
            output.Insert(start, "_u0069");
        }
    }

    static string Cut(string name)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        return string.Concat(name.AsSpan(0, Limits.TopicName - HashDigits), hash.AsSpan(0, HashDigits));
    }
}
