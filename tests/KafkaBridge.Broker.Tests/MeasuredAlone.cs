namespace KafkaBridge.Broker.Tests;

/// <summary>Tests that measure what the process allocates: no others run beside them.</summary>
[CollectionDefinition(nameof(MeasuredAlone), DisableParallelization = true)]
public sealed class MeasuredAlone;
