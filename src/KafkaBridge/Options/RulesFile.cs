namespace KafkaBridge.Options;

/// <summary>Conflict rules that nobody has applied: what stands under <c>conflicts</c>, alone or in a configuration.</summary>
internal static class RulesFile
{
    /// <exception cref="ConfigurationException">It can't be read, or something in it is wrong.</exception>
    public static ConflictOptions Read(string file, IReadOnlyCollection<string> nodes)
    {
        string text;
        try
        {
            text = File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(file, $"the file can't be read: {exception.Message}");
        }

        var tree = ConfigurationTree.Load(file, text, new Dictionary<string, string>());
        var rules = tree.Root.Children.FirstOrDefault(entry => entry.Key.ToString() == "conflicts").Value ?? tree.Root;
        var options = new ConflictOptionsReader(tree).Read(rules, nodes);
        return tree.Findings.Count == 0 ? options : throw new ConfigurationException(file, tree.Findings);
    }
}
