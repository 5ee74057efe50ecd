using BenchmarkDotNet.Attributes;
using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.Benchmarks.Micro;

/// <summary>Who wins, as the model has it: against a row and against a tombstone.</summary>
[MemoryDiagnoser]
public class ResolverBench
{
    static readonly Stamp Later = new(new RowVersion(11, 1), new ChangePosition(new TransactionPosition(1, new Lsn(100)), 0));
    static readonly IncomingChange Update = new(IncomingOperation.Update, Later, IsSelf: false, IsLifted: false);
    static readonly LocalRow Row = new(new RowVersion(10, 0), IsRaw: false, IsOwnTransaction: false);
    static readonly LocalVersions NothingBeside = new(null, null, ChangeKnewLocal: false, LocalKnewChange: false);
    static readonly LocalVersions Buried = new(Later, null, ChangeKnewLocal: false, LocalKnewChange: false);

    [Benchmark]
    public Resolution AgainstRow() => LastUpdateWins.Resolve(Update, Row, NothingBeside, ConflictRule.LastUpdateWins);

    [Benchmark]
    public Resolution AgainstTombstone() => LastUpdateWins.Resolve(Update, null, Buried, ConflictRule.LastUpdateWins);
}
