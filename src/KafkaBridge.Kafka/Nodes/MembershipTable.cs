using System.Collections.Immutable;
using System.Text;

namespace KafkaBridge.Kafka.Nodes;

/// <summary>
/// The cluster as its log tells it, folded in the log's order: a claim stands if neither its number nor its name was
/// taken before it, a configuration if its version is above the one that stands. Immutable: readers see one moment.
/// </summary>
sealed record MembershipTable
{
    public static readonly MembershipTable Empty = new();

    /// <summary>By number.</summary>
    public ImmutableSortedDictionary<int, NodeClaim> Nodes { get; init; } = ImmutableSortedDictionary<int, NodeClaim>.Empty;

    public PublishedConfig? Config { get; init; }

    /// <summary>By node name, the last one of each.</summary>
    public ImmutableSortedDictionary<string, AppliedReport> Reports { get; init; } =
        ImmutableSortedDictionary.Create<string, AppliedReport>(StringComparer.Ordinal);

    /// <summary>Never one that was granted before, whatever became of its node.</summary>
    public int NextNumber => Nodes.IsEmpty ? 0 : Nodes.Keys.Last() + 1;

    public NodeClaim? Named(string name) => Nodes.Values.FirstOrDefault(node => node.Name == name);

    /// <summary>Keys this version doesn't know, and removed records, change nothing.</summary>
    /// <exception cref="FormatException">A record of a key we know that is not of our form.</exception>
    public MembershipTable With(byte[]? key, byte[]? value)
    {
        if (key is null || value is null)
        {
            return this;
        }

        var name = Encoding.UTF8.GetString(key);
        return name switch
        {
            _ when name.StartsWith(MembershipRecord.ClaimPrefix, StringComparison.Ordinal) => WithClaim(MembershipRecord.ReadClaim(value)),
            _ when name.StartsWith(MembershipRecord.NodePrefix, StringComparison.Ordinal) => WithRenewal(MembershipRecord.ReadClaim(value)),
            _ when name.StartsWith(MembershipRecord.ConfigPrefix, StringComparison.Ordinal) =>
                WithConfig(MembershipRecord.ReadConfig(value)),
            _ when name.StartsWith(MembershipRecord.ReportPrefix, StringComparison.Ordinal) =>
                WithReport(MembershipRecord.ReadReport(value)),
            _ => this,
        };
    }

    MembershipTable WithClaim(NodeClaim claim) =>
        Nodes.ContainsKey(claim.Number) || Named(claim.Name) is not null ? this : this with { Nodes = Nodes.Add(claim.Number, claim) };

    // Compaction may put a renewal's claim out of reach only if the claim itself is gone, and claims never go.
    MembershipTable WithRenewal(NodeClaim renewed) =>
        Nodes.TryGetValue(renewed.Number, out var claim) && claim.Token == renewed.Token && claim.Name == renewed.Name
            ? this with { Nodes = Nodes.SetItem(renewed.Number, renewed) }
            : this;

    MembershipTable WithConfig(PublishedConfig config) =>
        Config is null || config.Version > Config.Version ? this with { Config = config } : this;

    MembershipTable WithReport(AppliedReport report) => this with { Reports = Reports.SetItem(report.Node, report) };
}
