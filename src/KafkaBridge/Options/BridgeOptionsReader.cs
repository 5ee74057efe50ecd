using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace KafkaBridge.Options;

/// <summary>Reads the configuration file. Reports everything wrong with it at once.</summary>
internal sealed partial class BridgeOptionsReader
{
    static readonly string[] TopKeys =
    [
        "cluster", "kafka", "registry", "nodes", "tables", "conflicts", "keyless", "partitions_per_node", "replication_factor",
        "admin_port", "admin_address", "admin_token_file", "heartbeat", "max_wait", "max_skew",
    ];

    const int ShortestToken = 16;

    static readonly string[] NodeKeys = ["dsn", "password_file"];

    readonly string file;
    readonly ConfigurationTree tree;
    readonly IReadOnlyDictionary<string, string> environment;
    readonly List<string> secrets = [];
    readonly List<NodeOptions> nodes = [];
    readonly List<string> tables = [];
    string cluster = "";
    KafkaKeys kafka = KafkaKeys.Empty;
    RegistryOptions registry = new(null, null);
    KeylessRule keyless = KeylessRule.InsertOnly;
    int perNode = 1;
    int replicationFactor;
    AdminOptions admin = new(null, IPAddress.Loopback, null);
    TimeSpan heartbeat = TimeSpan.FromSeconds(1);
    TimeSpan maxWait = TimeSpan.FromMilliseconds(100);
    TimeSpan maxSkew = TimeSpan.FromSeconds(5);
    YamlNode? conflictsAt;

    BridgeOptionsReader(string file, ConfigurationTree tree, IReadOnlyDictionary<string, string> environment) =>
        (this.file, this.tree, this.environment) = (file, tree, environment);

    /// <exception cref="ConfigurationException">Something in the file, or in the environment's overrides, is wrong.</exception>
    public static BridgeOptions Read(string file, IReadOnlyDictionary<string, string> environment)
    {
        string text;
        try
        {
            text = File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(
                file, $"the configuration file can't be read: {exception.Message}", "kafkabridge -c FILE, or set KAFKABRIDGE_CONFIG");
        }

        return Parse(file, text, environment);
    }

    public static BridgeOptions Parse(string file, string text, IReadOnlyDictionary<string, string> environment)
    {
        var tree = ConfigurationTree.Load(file, text, environment);
        return new BridgeOptionsReader(file, tree, environment).Build();
    }

    BridgeOptions Build()
    {
        var seen = new HashSet<string>();
        foreach (var (key, _, value) in tree.Entries(tree.Root, "", TopKeys))
        {
            seen.Add(key);
            ReadTop(key, value);
        }

        foreach (var needed in new[] { "cluster", "kafka", "nodes", "tables" }.Where(needed => !seen.Contains(needed)))
        {
            tree.Report(null, $"'{needed}' is missing; a file needs cluster, kafka, nodes and tables.");
        }

        if (!IPAddress.IsLoopback(admin.Address) && admin.Token is null)
        {
            tree.Report(null, $"'admin_address' {admin.Address} can be reached from elsewhere, and there is no token to ask for.",
                "admin_token_file: FILE, or leave admin_address out");
        }

        var conflicts = conflictsAt is null
            ? ConflictOptions.LastUpdateWins
            : new ConflictOptionsReader(tree).Read(conflictsAt, [.. nodes.Select(node => node.Name)]);
        if (tree.Findings.Count > 0)
        {
            var redaction = new Redaction(secrets);
            throw new ConfigurationException(
                file, [.. tree.Findings.Select(finding => finding with { Sentence = redaction.Apply(finding.Sentence) })]);
        }

        return new BridgeOptions
        {
            File = file,
            Cluster = cluster,
            KafkaKeys = kafka.Common,
            ProducerKeys = kafka.Producer,
            ConsumerKeys = kafka.Consumer,
            Registry = registry,
            Nodes = nodes,
            Tables = tables,
            Conflicts = conflicts,
            Keyless = keyless,
            PartitionsPerNode = perNode,
            ReplicationFactor = replicationFactor,
            Admin = admin,
            Heartbeat = heartbeat,
            MaxWait = maxWait,
            MaxSkew = maxSkew,
            Redaction = new Redaction(secrets),
        };
    }

    void ReadTop(string key, YamlNode value)
    {
        switch (key)
        {
            case "cluster":
                cluster = tree.Scalar(value, key) is { } name && CheckName(value, "cluster", name) ? name : "";
                break;
            case "kafka":
                kafka = KafkaKeys.Read(tree, value, BaseDirectory);
                secrets.AddRange(kafka.Secrets);
                break;
            case "registry":
                ReadRegistry(value);
                break;
            case "nodes":
                ReadNodes(value);
                break;
            case "tables":
                ReadTables(value);
                break;
            case "conflicts":
                conflictsAt = value; // names nodes, which may come later
                break;
            case "keyless":
                keyless = tree.Scalar(value, key) switch
                {
                    null or "insert_only" => KeylessRule.InsertOnly,
                    "refuse" => KeylessRule.Refuse,
                    var other => Refuse(value, $"'keyless' is insert_only or refuse, not '{other}'.", KeylessRule.InsertOnly),
                };
                break;
            case "partitions_per_node":
                perNode = Number(value, key, 1, 1000);
                break;
            case "replication_factor":
                replicationFactor = Number(value, key, 1, 100);
                break;
            case "admin_port":
                admin = admin with { Port = Number(value, key, 0, 65535) };
                break;
            case "admin_address":
                ReadAdminAddress(value);
                break;
            case "admin_token_file":
                ReadAdminToken(value);
                break;
            case "heartbeat":
                heartbeat = Duration(value, key, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
                break;
            case "max_wait":
                maxWait = Duration(value, key, TimeSpan.Zero, TimeSpan.FromMinutes(1));
                break;
            case "max_skew":
                maxSkew = Duration(value, key, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
                break;
        }
    }

    string BaseDirectory => Path.GetDirectoryName(Path.GetFullPath(file)) ?? ".";

    bool CheckName(YamlNode at, string what, string name)
    {
        if (ValidName().IsMatch(name))
        {
            return true;
        }

        tree.Report(at, $"'{name}' is no {what} name: it must begin with a letter and hold at most 24 of a-z, 0-9 and '-'.");
        return false;
    }

    void ReadRegistry(YamlNode value)
    {
        if (tree.Scalar(value, "registry") is not { } text || text == "embedded")
        {
            return;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            tree.Report(
                value, $"'registry' is 'embedded' or the http(s) address of a schema registry, not '{Redaction.None.Apply(text)}'.");
            return;
        }

        var userInfo = uri.UserInfo.Length == 0 ? null : Uri.UnescapeDataString(uri.UserInfo);
        if (userInfo is not null)
        {
            secrets.Add(userInfo[(userInfo.IndexOf(':', StringComparison.Ordinal) + 1)..]);
            uri = new UriBuilder(uri) { UserName = "", Password = "" }.Uri;
        }

        registry = new RegistryOptions(uri, userInfo);
    }

    void ReadAdminAddress(YamlNode value)
    {
        if (tree.Scalar(value, "admin_address") is not { } text)
        {
            return;
        }

        admin = IPAddress.TryParse(text, out var address)
            ? admin with { Address = address }
            : Refuse(value, $"'admin_address' is an IP address such as 0.0.0.0, not '{text}'.", admin);
    }

    void ReadAdminToken(YamlNode value)
    {
        if (tree.Scalar(value, "admin_token_file") is not { } name)
        {
            return;
        }

        try
        {
            var token = File.ReadAllText(Path.GetFullPath(name, BaseDirectory)).Trim();
            secrets.Add(token);
            admin = token.Length >= ShortestToken
                ? admin with { Token = token }
                : Refuse(value, $"the token in 'admin_token_file' has fewer than {ShortestToken} characters.", admin);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            tree.Report(value, $"'admin_token_file' can't be read: {exception.Message}");
        }
    }

    void ReadNodes(YamlNode value)
    {
        foreach (var (name, keyNode, body) in tree.Entries(value, "nodes", null))
        {
            if (!CheckName(keyNode, "node", name))
            {
                continue;
            }

            if (nodes.FirstOrDefault(node => node.Identifier == name.Replace('-', '_')) is { } clash)
            {
                tree.Report(keyNode, $"the nodes '{clash.Name}' and '{name}' would have one slot name, where '-' becomes '_'; rename one.");
                continue;
            }

            ReadNode(name, keyNode, body);
        }

        if (nodes.Count == 0 && tree.Findings.Count == 0)
        {
            tree.Report(value, "'nodes' names no node.");
        }
    }

    void ReadNode(string name, YamlNode keyNode, YamlNode body)
    {
        YamlNode? dsnAt = null;
        string? dsn = null, passwordFile = null;
        foreach (var (key, _, value) in tree.Entries(body, $"nodes.{name}", NodeKeys))
        {
            var text = tree.Scalar(value, $"nodes.{name}.{key}");
            if (key == "dsn")
            {
                (dsn, dsnAt) = (text ?? "", value);
            }
            else
            {
                passwordFile = text is null ? null : Path.GetFullPath(text, BaseDirectory);
            }
        }

        if (dsn is null)
        {
            tree.Report(keyNode, $"the node '{name}' has no dsn.", $"{name}: {{ dsn: \"postgresql://bridge@host/database\" }}");
            return;
        }

        try
        {
            var builder = PgDsn.Parse(dsn, environment, passwordFile);
            secrets.AddRange(new[] { builder.Password, builder.SslPassword }.OfType<string>());
            nodes.Add(new NodeOptions(name, dsn, passwordFile) { ConnectionString = builder.ConnectionString });
        }
        catch (FormatException exception)
        {
            tree.Report(dsnAt, $"nodes.{name}: {exception.Message}");
        }
    }

    void ReadTables(YamlNode value)
    {
        var items = value is YamlSequenceNode sequence
            ? sequence.Children.Select(item => tree.Scalar(item, "tables"))
            : tree.Scalar(value, "tables")?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        foreach (var item in items.OfType<string>())
        {
            if (item.IndexOf('.', StringComparison.Ordinal) is var dot && (dot <= 0 || dot == item.Length - 1))
            {
                tree.Report(value, $"'{item}' names no table; the form is schema.table, with '*' for any: \"public.*\".");
                continue;
            }

            tables.Add(item);
        }

        if (tables.Count == 0)
        {
            tree.Report(value, "'tables' names no table.", "tables: [\"public.*\"]");
        }
    }

    int Number(YamlNode at, string path, int least, int most)
    {
        if (tree.Scalar(at, path) is not { } text)
        {
            return least;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : Refuse(at, $"'{path}' must be a whole number from {least} to {most}, not '{text}'.", least);
    }

    TimeSpan Duration(YamlNode at, string path, TimeSpan least, TimeSpan most)
    {
        if (tree.Scalar(at, path) is not { } text)
        {
            return least;
        }

        return Durations.TryParse(text, out var duration) && duration >= least && duration <= most
            ? duration
            : Refuse(
                at, $"'{path}' must be a time such as 100ms or 1s, from {least.TotalSeconds}s to {most.TotalSeconds}s, not '{text}'.",
                least);
    }

    T Refuse<T>(YamlNode at, string sentence, T instead)
    {
        tree.Report(at, sentence);
        return instead;
    }

    [GeneratedRegex("^[a-z][a-z0-9-]{0,23}$")]
    private static partial Regex ValidName();
}
