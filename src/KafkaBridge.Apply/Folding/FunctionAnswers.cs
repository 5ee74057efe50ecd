using System.Text.Json;
using KafkaBridge.Apply.Applying;
using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Apply.Folding;

/// <summary>
/// Asks the functions that decide, and remembers what they said. Folding is pure: where it lacks an answer it is broken off, the
/// server is asked in the transaction that is open, and it is folded again; the answered steps only grow.
/// </summary>
/// <param name="published">The digest with which a table's function was published.</param>
/// <param name="node">A node's name.</param>
sealed class FunctionAnswers(NpgsqlConnection connection, Func<RelationName, string?> published, Func<int, string> node)
{
    readonly Dictionary<string, string?[]?> answers = [];
    long length;

    /// <exception cref="FunctionFailedException">
    /// The function is not the published one, raised an error, or returned another key.
    /// </exception>
    public async Task<T> FoldAsync<T>(FoldedTable table, string?[] key, Func<RowFold<string?>, T> fold, CancellationToken ct)
    {
        if (length > Limits.AnswersLength)
        {
            answers.Clear();
            length = 0;
        }

        var digest = published(table.Definition.Name);
        var asking = table.Fold.Asking(question =>
            answers.TryGetValue(Text(question), out var answer) ? answer : throw new UnansweredException(question));
        while (true)
        {
            try
            {
                return fold(asking);
            }
            catch (UnansweredException unanswered)
            {
                var text = Text(unanswered.Question);
                var answer = await AskAsync(table, key, unanswered.Question, digest, ct);
                answers.Add(text, answer);
                length += text.Length + (answer?.Sum(value => value?.Length ?? 0) ?? 0);
            }
        }

        string Text(RowQuestion<string?> question) => $"{table.Definition.Oid} {digest} {question.PresentVersion} {question.NextVersion} "
            + JsonSerializer.Serialize(question.Present, KeyJson.Default.StringArray)
            + JsonSerializer.Serialize(question.Next, KeyJson.Default.StringArray);
    }

    async Task<string?[]?> AskAsync(
        FoldedTable table, string?[] key, RowQuestion<string?> question, string? digest, CancellationToken ct)
    {
        var (isPublished, answer) = (false, (string?[]?)null);
        try
        {
            (isPublished, answer) = await CallAsync(table, question, digest, ct);
        }
        catch (PostgresException failure) when (FailurePolicy.DecideState(failure.SqlState) == Verdict.Stop)
        {
            throw Failed($"failed: {failure.MessageText} (SQLSTATE {failure.SqlState})");
        }

        return !isPublished ? throw Failed("is not here as it was published, so nodes could decide differently")
            : answer is not null && !table.KeyOf(answer).AsSpan().SequenceEqual(key)
                ? throw Failed($"returned a row of another key, {table.KeyText(table.KeyOf(answer))}")
                : answer;

        FunctionFailedException Failed(string how) => new(
            $"table {table.Definition.Name} {table.KeyText(key)}: the function {table.Rule.Row.Function}, which decides its conflicts, "
            + $"{how}. CREATE OR REPLACE it alike on every node, then kafkabridge apply --yes");
    }

    /// <summary>
    /// Where the function is another than the published one it is not called; what it said counts if it was the published one
    /// after it had said it, too.
    /// </summary>
    async Task<(bool IsPublished, string?[]? Answer)> CallAsync(
        FoldedTable table, RowQuestion<string?> question, string? digest, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        var call = new NpgsqlBatchCommand(table.Call);
        Add(question.Present is { } present ? table.Literal(present) : null, NpgsqlDbType.Unknown);
        Add(At(question.PresentVersion), NpgsqlDbType.TimestampTz);
        Add(node(question.PresentVersion.Writer), NpgsqlDbType.Text);
        Add(question.Next is { } next ? table.Literal(next) : null, NpgsqlDbType.Unknown);
        Add(At(question.NextVersion), NpgsqlDbType.TimestampTz);
        Add(node(question.NextVersion.Writer), NpgsqlDbType.Text);
        Add(digest, NpgsqlDbType.Text);
        batch.BatchCommands.Add(call);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(table.CallDigest));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var (isPublished, answer) = (reader.GetString(0) == digest, (string?[]?)null);
        if (!reader.GetBoolean(1))
        {
            answer = new string?[table.Width];
            for (var i = 0; i < answer.Length; i++)
            {
                answer[i] = await reader.IsDBNullAsync(i + 2, ct) ? null : reader.GetString(i + 2);
            }
        }

        await reader.NextResultAsync(ct);
        await reader.ReadAsync(ct);
        return (isPublished && reader.GetString(0) == digest, answer);

        void Add(object? value, NpgsqlDbType type) =>
            call.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value, NpgsqlDbType = type });
    }

    static DateTime At(RowVersion version) => UnixTime.At(version.Tick * Tick.Microseconds);

    sealed class UnansweredException(RowQuestion<string?> question) : Exception
    {
        public RowQuestion<string?> Question => question;
    }
}
