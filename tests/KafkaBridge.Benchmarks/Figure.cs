namespace KafkaBridge.Benchmarks;

/// <summary>One number that one pair reached in one run.</summary>
/// <param name="Name">The workload, and what of it where there are several.</param>
/// <param name="Details">More that was seen beside it: named numbers.</param>
sealed record Figure(string Name, string Unit, double Value, params IReadOnlyList<(string Name, double Value)> Details);
