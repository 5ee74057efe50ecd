using KafkaBridge.Changes;
using KafkaBridge.Wire;

namespace KafkaBridge.Capture.Publishing;

/// <summary>One shape of a table with its topic and its encoder under registered schemas.</summary>
sealed record TableEncoder(Relation Relation, string Topic, ChangeEncoder Encoder, EventCounts Events);
