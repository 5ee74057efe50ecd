namespace KafkaBridge.Kafka.Topics;

/// <summary>One wanted topic against what Kafka has.</summary>
static class TopicComparison
{
    static readonly Dictionary<string, string> None = [];

    /// <param name="before">Wanted topics that come first: two of them may collide with each other.</param>
    public static IEnumerable<TopicDifference> Of(TopicSpec spec, IEnumerable<TopicSpec> before, TopicInventory present)
    {
        if (before.Any(other => other.Name == spec.Name))
        {
            yield return Refuse(spec, $"topic {spec.Name} is wanted by two tables: give one of them another name with topic: in its "
                + $"table settings.");
            yield break;
        }

        var same = Metric(spec.Name);
        var collision = present.Partitions.Keys.Concat(before.Select(other => other.Name))
            .FirstOrDefault(name => name != spec.Name && Metric(name) == same);
        if (collision is not null && !present.Partitions.ContainsKey(spec.Name))
        {
            yield return Refuse(
                spec,
                $"topic {spec.Name} can't be created beside {collision}: Kafka takes '.' and '_' for one. Give the table another "
                    + $"name with topic: in its table settings.");
            yield break;
        }

        if (!present.Partitions.TryGetValue(spec.Name, out var partitions))
        {
            yield return new TopicDifference(
                spec, TopicDifferenceKind.Missing, $"topic {spec.Name} is not there: create it with "
                    + $"{Count(spec.Partitions)}.", spec.Settings);
            yield break;
        }

        if (OfPartitions(spec, partitions) is { } wrong)
        {
            yield return wrong;
        }

        if (OfSettings(spec, present.Settings.GetValueOrDefault(spec.Name) ?? None) is { } changed)
        {
            yield return changed;
        }
    }

    static TopicDifference? OfPartitions(TopicSpec spec, int partitions)
    {
        if (partitions == spec.Partitions)
        {
            return null;
        }

        var redo = $"If nothing was replicated through it yet, delete it (kafka-topics.sh --delete --topic {spec.Name}) and run "
            + $"kafkabridge apply; else it needs a new cluster name.";
        if (spec.Block == 0)
        {
            return Refuse(spec, $"topic {spec.Name} has {Count(partitions)} and must have {spec.Partitions}: its order is one log. {redo}");
        }

        if (partitions % spec.Block != 0)
        {
            return Refuse(spec, $"topic {spec.Name} has {Count(partitions)}, which is no whole number of blocks of {spec.Block} for "
                + $"each node: somebody else made it. {redo}");
        }

        if (partitions > spec.Partitions)
        {
            return Refuse(spec, $"topic {spec.Name} has {Count(partitions)}, more than the {spec.Partitions} of the cluster's nodes: "
                + $"somebody else made or grew it, and partitions can't be taken away. {redo}");
        }

        return new TopicDifference(
            spec, TopicDifferenceKind.TooFewPartitions, $"topic {spec.Name} has {Count(partitions)}: grow it to {spec.Partitions}.", None);
    }

    static TopicDifference? OfSettings(TopicSpec spec, IReadOnlyDictionary<string, string> present)
    {
        var changed = spec.Settings
            .Where(setting => present.GetValueOrDefault(setting.Key) != setting.Value)
            .OrderBy(setting => setting.Key, StringComparer.Ordinal)
            .ToDictionary();
        return changed.Count == 0
            ? null
            : new TopicDifference(
                spec,
                TopicDifferenceKind.Settings,
                $"topic {spec.Name}: set " + string.Join(", ", changed.Select(setting =>
                    $"{setting.Key}={setting.Value} (is {present.GetValueOrDefault(setting.Key) ?? "not set"})")) + ".",
                changed);
    }

    static TopicDifference Refuse(TopicSpec spec, string sentence) => new(spec, TopicDifferenceKind.Refused, sentence, None);

    static string Metric(string name) => name.Replace('.', '_');

    static string Count(int partitions) => partitions == 1 ? "1 partition" : $"{partitions} partitions";
}
