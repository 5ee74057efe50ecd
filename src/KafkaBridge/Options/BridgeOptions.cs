using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace KafkaBridge.Options;

/// <summary>What happens to a table without key: its inserts travel alone, or it is refused.</summary>
internal enum KeylessRule { InsertOnly, Refuse }

/// <summary>One node: its name, and where its PostgreSQL is.</summary>
internal sealed record NodeOptions(string Name, string Dsn, string? PasswordFile)
{
    /// <summary>The resolved address; set by the reader, which has reported what is wrong with it.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>The name as it stands in slot and origin names, which allow no dash.</summary>
    public string Identifier => Name.Replace('-', '_');
}

/// <summary>Null URL: the embedded registry, whose log is a topic of the cluster.</summary>
internal sealed record RegistryOptions(Uri? Url, string? UserInfo);

/// <summary>Where metrics, health and status are served.</summary>
/// <param name="Port">0: nowhere. Null: at the default port, or a free one where that is taken.</param>
/// <param name="Token">Asked for by everything but health; never null where the address is not the loopback.</param>
internal sealed record AdminOptions(int? Port, IPAddress Address, string? Token)
{
    public const int DefaultPort = 7432;
}

/// <summary>The configuration file, checked: every name valid, every value in range, every address parsed.</summary>
internal sealed record BridgeOptions
{
    public required string File { get; init; }
    public required string Cluster { get; init; }
    public required IReadOnlyDictionary<string, string> KafkaKeys { get; init; }
    public required IReadOnlyDictionary<string, string> ProducerKeys { get; init; }
    public required IReadOnlyDictionary<string, string> ConsumerKeys { get; init; }
    public required RegistryOptions Registry { get; init; }

    /// <summary>In the file's order, which is the order in which new nodes get numbers.</summary>
    public required IReadOnlyList<NodeOptions> Nodes { get; init; }

    public required IReadOnlyList<string> Tables { get; init; }
    public ConflictOptions Conflicts { get; init; } = ConflictOptions.LastUpdateWins;
    public KeylessRule Keyless { get; init; }
    public int PartitionsPerNode { get; init; } = 1;

    /// <summary>0: the broker's default.</summary>
    public int ReplicationFactor { get; init; }

    public AdminOptions Admin { get; init; } = new(null, IPAddress.Loopback, null);

    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(1);
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromMilliseconds(100);
    public TimeSpan MaxSkew { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Passwords as they stand in file, environment and password files: they appear in no output.</summary>
    public required Redaction Redaction { get; init; }

    public string ClusterIdentifier => Cluster.Replace('-', '_');

    /// <summary>Of what decides which changes are published and where; two files with one hash run together.</summary>
    public string Hash
    {
        get
        {
            var text = string.Join(
                '\n', ["kafkabridge 1", Cluster, Keyless.ToString(), $"{PartitionsPerNode}", .. Tables, .. Conflicts.Lines]);
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
        }
    }

    public string SlotName(NodeOptions node) => $"kafkabridge_{ClusterIdentifier}_{node.Identifier}";

    /// <exception cref="ConfigurationException">The file has no such node.</exception>
    /// <param name="option">The command's option that names it.</param>
    public NodeOptions Node(string name, string option = "--node") =>
        Nodes.FirstOrDefault(node => node.Name == name)
        ?? throw new ConfigurationException(
            File,
            $"there is no node '{name}' under nodes; there are {string.Join(", ", Nodes.Select(node => node.Name))}.",
            NearestName.Of(name, Nodes.Select(node => node.Name)) is { } nearest ? $"{option} {nearest}" : null);
}
