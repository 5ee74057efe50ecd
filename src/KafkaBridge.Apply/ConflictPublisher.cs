using System.Globalization;
using System.Text;
using Confluent.Kafka;
using KafkaBridge.Kafka;
using KafkaBridge.Postgres;
using KafkaBridge.Wire;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace KafkaBridge.Apply;

/// <summary>
/// Publishes each row of kafkabridge.conflict, as it stands there, to this node's partition of <c>cluster.conflicts</c>, with
/// the key <c>node:id</c>. A loop of its own: applying never waits for it. At least once: a row is marked only when Kafka has
/// acknowledged it, so who reads keeps the last record of a key.
/// </summary>
public sealed class ConflictPublisher(ApplyOptions options, KafkaSettings kafka, TopicNames topics, ILogger log)
{
    /// <summary>
    /// The next rows; and a commit that waits for the disk, behind theirs, which did not. So nothing is published that a crash
    /// of the server takes back, and no id ever names two conflicts.
    /// </summary>
    const string NextSql = """
        WITH next AS (SELECT id FROM kafkabridge.conflict WHERE NOT published ORDER BY id LIMIT $1),
          flush AS (UPDATE kafkabridge.conflict SET published = false WHERE id = (SELECT max(id) FROM next))
        SELECT id FROM next
        """;

    const string RowsSql = """
        SELECT c.id, c.xmin::text, (pg_catalog.to_jsonb(c) - 'published')::text
        FROM kafkabridge.conflict AS c WHERE c.id = ANY ($1) ORDER BY c.id
        """;

    /// <summary>A row that a person has reviewed since is published again.</summary>
    const string MarkSql = """
        UPDATE kafkabridge.conflict AS c SET published = true
        FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS read (id, row_xmin)
        WHERE c.id = read.id AND c.xmin::text = read.row_xmin
        """;

    sealed record Row(long Id, string Xmin, string Json);

    /// <summary>Runs until cancelled; what fails is told once and tried again.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        string? told = null;
        while (true)
        {
            try
            {
                await PublishAsync(() => told = null, ct);
            }
            catch (Exception failure) when (!ct.IsCancellationRequested)
            {
                if (told != failure.Message)
                {
                    told = failure.Message;
                    log.LogWarning(
                        "Conflicts of node {Node} are not published to {Topic}; it is tried again: {Reason}",
                        options.Node, topics.Conflicts, failure.Message);
                }
            }

            await Task.Delay(Limits.RetryMost, ct);
        }
    }

    async Task PublishAsync(Action published, CancellationToken ct)
    {
        using var writer = new LogWriter(
            kafka, KafkaSettings.ClientId(options.Cluster, options.Node, "conflicts"),
            new TopicPartition(topics.Conflicts, options.NodeNumber * options.PerNode));
        await using var connection = new NpgsqlConnection(SessionSettings.ForReplication(options.ConnectionString));
        await connection.OpenAsync(ct);
        await using (var command = new NpgsqlCommand("SET synchronous_commit = local", connection))
        {
            await command.ExecuteNonQueryAsync(ct);
        }

        using var timer = new PeriodicTimer(Limits.PublishConflictsEvery);
        do
        {
            int count;
            do
            {
                count = await PublishNextAsync(connection, writer, ct);
                published();
            }
            while (count == Limits.PublishedConflicts);
        }
        while (await timer.WaitForNextTickAsync(ct));
    }

    async Task<int> PublishNextAsync(NpgsqlConnection connection, LogWriter writer, CancellationToken ct)
    {
        var ids = new List<long>();
        await using (var command = new NpgsqlCommand(NextSql, connection))
        {
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = Limits.PublishedConflicts });
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                ids.Add(reader.GetInt64(0));
            }
        }

        if (ids.Count == 0)
        {
            return 0;
        }

        var rows = await ReadAsync(connection, ids, ct);
        await Task.WhenAll(rows.Select(row => writer.AppendAsync(
            Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{options.Node}:{row.Id}")),
            Encoding.UTF8.GetBytes(row.Json), ct)).ToList());
        await using var mark = new NpgsqlCommand(MarkSql, connection);
        mark.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. rows.Select(row => row.Id)] });
        mark.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. rows.Select(row => row.Xmin)] });
        await mark.ExecuteNonQueryAsync(ct);
        return ids.Count;
    }

    static async Task<List<Row>> ReadAsync(NpgsqlConnection connection, List<long> ids, CancellationToken ct)
    {
        var rows = new List<Row>();
        await using var command = new NpgsqlCommand(RowsSql, connection);
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. ids] });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            rows.Add(new Row(reader.GetInt64(0), reader.GetString(1), reader.GetString(2)));
        }

        return rows;
    }
}
