using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace KafkaBridge.Options;

/// <summary>
/// The file as a YAML tree in which variables are replaced, and into which the environment's overrides
/// (<c>KAFKABRIDGE__NODES__EU__DSN</c>) are written. What is wrong is collected, with line and column.
/// </summary>
internal sealed class ConfigurationTree
{
    const string Prefix = "KAFKABRIDGE__";

    readonly IReadOnlyDictionary<string, string> environment;
    readonly HashSet<YamlNode> overridden = new(ReferenceEqualityComparer.Instance);

    ConfigurationTree(YamlMappingNode root, IReadOnlyDictionary<string, string> environment)
    {
        Root = root;
        this.environment = environment;
    }

    public YamlMappingNode Root { get; }

    public List<ConfigurationFinding> Findings { get; } = [];

    public static ConfigurationTree Load(string file, string text, IReadOnlyDictionary<string, string> environment)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException exception)
        {
            var finding = new ConfigurationFinding(
                $"this is not YAML: {exception.Message}", (int)exception.Start.Line, (int)exception.Start.Column);
            throw new ConfigurationException(file, [finding]);
        }

        if (stream.Documents.Count != 1 || stream.Documents[0].RootNode is not YamlMappingNode root)
        {
            throw new ConfigurationException(file, "the file must hold one YAML mapping: cluster, kafka, nodes, tables.");
        }

        var tree = new ConfigurationTree(root, environment);
        foreach (var (name, value) in environment.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (name.StartsWith(Prefix, StringComparison.Ordinal) && name.Length > Prefix.Length)
            {
                tree.Override(name, value);
            }
        }

        return tree;
    }

    public void Report(YamlNode? at, string sentence, string? tryThis = null)
    {
        var inFile = at is not null && !overridden.Contains(at);
        Findings.Add(new ConfigurationFinding(sentence, inFile ? (int)at!.Start.Line : 0, inFile ? (int)at!.Start.Column : 0, tryThis));
    }

    /// <summary>The value with its variables replaced, or null (reported) when it is not a plain value.</summary>
    public string? Scalar(YamlNode node, string path)
    {
        if (node is not YamlScalarNode { Value: { } raw })
        {
            Report(node, $"'{path}' must be a plain value, not a {(node is YamlSequenceNode ? "list" : "mapping")}.");
            return null;
        }

        if (overridden.Contains(node))
        {
            return raw;
        }

        var (text, error) = Interpolation.Expand(raw, name => environment.GetValueOrDefault(name));
        if (error is not null)
        {
            Report(node, $"'{path}': {error}");
            return null;
        }

        return text;
    }

    /// <summary>
    /// The mapping's entries by key; a key that is not known is reported with the nearest one that is. Null
    /// <paramref name="known"/>: any key.
    /// </summary>
    public IEnumerable<(string Key, YamlNode KeyNode, YamlNode Value)> Entries(
        YamlNode node, string path, IReadOnlyCollection<string>? known)
    {
        if (node is not YamlMappingNode mapping)
        {
            Report(node, $"'{path}' must be a mapping.");
            yield break;
        }

        foreach (var (keyNode, value) in mapping.Children)
        {
            if (keyNode is not YamlScalarNode { Value: { Length: > 0 } key })
            {
                Report(keyNode, $"a key under '{path}' is not a plain name.");
                continue;
            }

            if (known is not null && !known.Contains(key))
            {
                var where = path.Length == 0 ? "" : $" under '{path}'";
                Report(keyNode, NearestName.Of(key, known) is { } nearest
                    ? $"unknown key '{key}'{where}; did you mean '{nearest}'?"
                    : $"unknown key '{key}'{where}; known are {string.Join(", ", known)}.");
                continue;
            }

            yield return (key, keyNode, value);
        }
    }

    void Override(string variable, string value)
    {
        var segments = variable[Prefix.Length..].Split("__");
        var node = Root;
        for (var i = 0; i < segments.Length; i++)
        {
            var last = i == segments.Length - 1;
            var key = ExistingKey(node, segments[i]) ?? NewKey(segments, i);
            if (last)
            {
                var scalar = new YamlScalarNode(value);
                overridden.Add(scalar);
                Set(node, key, scalar);
                return;
            }

            if (node.Children.TryGetValue(new YamlScalarNode(key), out var child) && child is YamlMappingNode mapping)
            {
                node = mapping;
                continue;
            }

            var created = new YamlMappingNode();
            overridden.Add(created);
            Set(node, key, created);
            node = created;
        }
    }

    void Set(YamlMappingNode node, string key, YamlNode value)
    {
        var keyNode = new YamlScalarNode(key);
        if (!node.Children.ContainsKey(keyNode))
        {
            overridden.Add(keyNode);
        }

        node.Children[keyNode] = value;
    }

    /// <summary>Environment names know neither dots nor dashes nor lower case: all are one when a key of the file is looked for.</summary>
    static string? ExistingKey(YamlMappingNode node, string segment) =>
        node.Children.Keys.OfType<YamlScalarNode>().Select(key => key.Value ?? "").FirstOrDefault(key => Folded(key) == Folded(segment));

    /// <summary>A librdkafka key has dots, a key of ours underscores, a node's name dashes.</summary>
    static string NewKey(string[] segments, int index)
    {
        var name = segments[index].ToLowerInvariant();
        return (index, segments[0].ToUpperInvariant()) switch
        {
            (> 0, "KAFKA") => name.Replace('_', '.'),
            (1, "NODES") => name.Replace('_', '-'),
            _ => name,
        };
    }

    static string Folded(string name) => name.ToLowerInvariant().Replace('-', '_').Replace('.', '_');
}
