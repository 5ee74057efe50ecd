using System.Text.Json;
using System.Text.Json.Serialization;
using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.Apply.Folding;

/// <summary>A row's history as the column <c>history</c> of kafkabridge.row_history has it.</summary>
static class FoldedRowJson
{
    public static string Write(FoldedRow<string?> row) => JsonSerializer.Serialize(
        new StoredRow(
            row.History.Settled is { } state ? Of(state) : null,
            [.. row.History.Writes.Select(Of)],
            row.Shown,
            row.IsBehind,
            [.. row.Last.Select(one => new StoredPosition(one.Key, one.Value.Epoch, one.Value.CommitLsn.Value))]),
        FoldedRowJsonContext.Default.StoredRow);

    public static FoldedRow<string?> Read(string json, RowFold<string?> fold)
    {
        var stored = JsonSerializer.Deserialize(json, FoldedRowJsonContext.Default.StoredRow)
            ?? throw new JsonException("A row's history is null.");
        var settled = stored.Settled is { } state
            ? new RowState<string?>(Stamp(state.Inserted), Stamp(state.Written), state.Exists, state.Values)
            {
                Beside = [.. (state.Beside ?? []).Select(Stamp)],
            }
            : null;
        var history = new RowHistory<string?>(fold, settled);
        foreach (var write in stored.Writes)
        {
            var stamp = Stamp(write.Stamp);
            var vector = write.Knows.Select(one => new Knowledge(one.Node, Position(one), one.Tick));
            history.Add(new RowWrite<string?>(stamp, new KnowledgeVector(stamp.Version.Writer, [.. vector]), write.Old, write.New));
        }

        return new FoldedRow<string?>(history, stored.Shown, stored.IsBehind, stored.Last.ToDictionary(one => one.Node, Position));
    }

    static StoredState Of(RowState<string?> state) => new(Of(state.Inserted), Of(state.Written), state.Exists, state.Values)
    {
        Beside = state.Beside.Count == 0 ? null : [.. state.Beside.Select(Of)],
    };

    static StoredWrite Of(RowWrite<string?> write) => new(
        Of(write.Stamp),
        [.. write.Knowledge.Vector.Select(
            one => new StoredPosition(one.Node, one.Position.Epoch, one.Position.CommitLsn.Value) { Tick = one.Tick })],
        write.Old,
        write.New);

    static StoredStamp Of(Stamp stamp)
    {
        var (version, (transaction, ordinal)) = (stamp.Version, stamp.Position);
        return new StoredStamp(version.Tick, version.Writer, transaction.Epoch, transaction.CommitLsn.Value, ordinal);
    }

    static Stamp Stamp(StoredStamp one) =>
        new(new RowVersion(one.Tick, one.Writer), new ChangePosition(new TransactionPosition(one.Epoch, new Lsn(one.Lsn)), one.Ordinal));

    static TransactionPosition Position(StoredPosition one) => new(one.Epoch, new Lsn(one.Lsn));
}

sealed record StoredRow(StoredState? Settled, StoredWrite[] Writes, string?[]? Shown, bool IsBehind, StoredPosition[] Last);

sealed record StoredState(StoredStamp Inserted, StoredStamp Written, bool Exists, string?[] Values)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StoredStamp[]? Beside { get; init; }
}

sealed record StoredWrite(StoredStamp Stamp, StoredPosition[] Knows, string?[]? Old, string?[]? New);

sealed record StoredStamp(long Tick, int Writer, int Epoch, ulong Lsn, int Ordinal);

sealed record StoredPosition(int Node, int Epoch, ulong Lsn)
{
    public long Tick { get; init; }
}

[JsonSerializable(typeof(StoredRow))]
sealed partial class FoldedRowJsonContext : JsonSerializerContext;
