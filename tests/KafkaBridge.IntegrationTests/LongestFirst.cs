using Xunit.Abstractions;

[assembly: TestCollectionOrderer("KafkaBridge.IntegrationTests.LongestFirst", "KafkaBridge.IntegrationTests")]

namespace KafkaBridge.IntegrationTests;

/// <summary>
/// Classes that take minutes begin first: begun last, one ran alone at the end for as long. In this order, so that the two that keep
/// the processors busy (the first and the last) are not at it together.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    static readonly string[] Minutes =
    [
        nameof(OutagesUnderLoad), nameof(MissingParents), nameof(SqlFunctionTests), nameof(ReferencedValues), nameof(RandomOrphans),
        nameof(ConflictRulesTests), nameof(TruncatedParents), nameof(ConflictHistoryTests), nameof(HaltTests), nameof(CampaignsInSmall),
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(one => (uint)Array.IndexOf(Minutes, one.DisplayName.Split('.')[^1]));
}
