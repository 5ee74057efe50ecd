using System.Text;
using KafkaBridge.Changes;
using KafkaBridge.TestKit;
using KafkaBridge.Wire;
using Npgsql;

namespace KafkaBridge.IntegrationTests;

/// <summary>
/// What stops an origin until a person decides: it is told from anywhere, with the place and what to type, the others go
/// on, and when it is mended nothing is lost.
/// </summary>
public sealed class HaltTests(HaltFixture fixture) : IClassFixture<HaltFixture>
{
    const int Eu = 0;
    const int Us = 1;

    static readonly byte[] Garbage = "not ours"u8.ToArray();

    [Fact]
    public async Task A_column_that_is_not_there_halts_until_it_is_added_and_tried_again()
    {
        await fixture.SqlAsync(Eu, "ALTER TABLE shape ADD COLUMN extra text; INSERT INTO shape VALUES (1, 'a', 'b')");
        var later = await fixture.InsertAsync(Eu);
        var other = await fixture.InsertAsync(Us);

        var halted = await fixture.HaltAsync();
        Assert.Contains("column extra", halted.Error, StringComparison.Ordinal);
        await fixture.ArrivesAsync(Eu, other);
        Assert.False(await fixture.HasAsync(Us, later));

        var origin = await fixture.OriginAsync(Us, Eu);
        Assert.Equal("halted", origin.GetProperty("state").GetString());
        var id = origin.GetProperty("halt").GetProperty("id").GetString()!;
        Assert.StartsWith("eu:1:", id, StringComparison.Ordinal);
        Assert.Contains($"kafkabridge tx retry {id}", halted.Error, StringComparison.Ordinal);

        Assert.Equal(0, (await fixture.RunAsync("tx", "retry", id)).ExitCode);
        await fixture.HaltAsync(); // the cause is still there
        await fixture.SqlAsync(Us, "ALTER TABLE shape ADD COLUMN extra text");
        await fixture.RestartAsync(); // a restart tries again too
        await fixture.ArrivesAsync(Us, later);
        await fixture.EndsWellAsync();
        Assert.Equal("b", await fixture.ScalarAsync<string>(Us, "SELECT extra FROM shape WHERE id = 1"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("short")]
    [InlineData("other node")]
    public async Task A_foreign_record_in_a_tables_partition_halts_its_owner_until_it_is_left_out(string? header)
    {
        var place = await fixture.PlantAsync("public.item", Eu, Garbage, header switch
        {
            null => null,
            "short" => [1, 2, 3],
            _ => new RecordHeader(RecordFlags.None, Us, 1, 1, new Lsn(1), 1, 0).ToBytes(),
        });
        var held = await fixture.InsertAsync(Eu);
        var other = await fixture.InsertAsync(Us);

        Assert.Contains($"kafkabridge tx skip {place} --reason", (await fixture.HaltAsync()).Error, StringComparison.Ordinal);
        await fixture.ArrivesAsync(Eu, other);
        Assert.False(await fixture.HasAsync(Us, held));

        var skipped = await fixture.RunAsync("tx", "skip", place, "--reason", "somebody tried kcat");
        Assert.True(skipped.ExitCode == 0, skipped.Error);
        await fixture.ArrivesAsync(Us, held);
        await fixture.EndsWellAsync();
        await fixture.RestartAsync(); // the order stands
        await fixture.ArrivesAsync(Us, await fixture.InsertAsync(Eu));

        var letter = fixture.DeadLetters(Eu).Single(letter => Note(letter).Contains($"\"{place}\"", StringComparison.Ordinal));
        Assert.Equal(Garbage, letter.Message.Value);
        Assert.Contains("somebody tried kcat", Note(letter), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_truncated_record_that_the_spine_does_not_name_is_passed_over()
    {
        await fixture.PlantAsync("public.item", Eu, [0, 0], new RecordHeader(RecordFlags.None, Eu, 1, 1, new Lsn(1), 1, 0).ToBytes());
        await fixture.ArrivesAsync(Us, await fixture.InsertAsync(Eu));
        await fixture.EndsWellAsync();
    }

    [Fact]
    public async Task A_foreign_record_in_the_spine_halts_and_does_not_keep_the_bridge_from_starting()
    {
        var place = await fixture.PlantAsync("spine", Eu, Garbage);
        await Eventually.TrueAsync(
            async () => await fixture.ScalarAsync<long>(Us, "SELECT count(*) FROM kafkabridge.halt") == 1, "the halt's row");
        await fixture.RestartAsync();
        var held = await fixture.InsertAsync(Eu);

        Assert.Contains(place, (await fixture.HaltAsync()).Error, StringComparison.Ordinal);
        Assert.Equal(0, (await fixture.RunAsync("tx", "skip", place, "--reason", "test")).ExitCode);
        await fixture.ArrivesAsync(Us, held);
        await fixture.EndsWellAsync();
    }

    [Fact]
    public async Task A_transaction_that_is_left_out_goes_to_the_dlq_and_the_next_one_is_applied()
    {
        await fixture.SqlAsync(Us, "INSERT INTO badge VALUES (1, 'taken')");
        await fixture.Cluster.WaitCaughtUpAsync();
        await fixture.SqlAsync(Us, "ALTER TABLE badge ADD CONSTRAINT short CHECK (length(code) < 9)");
        await fixture.SqlAsync(Eu, "INSERT INTO badge VALUES (2, 'much too long'), (3, 'fits')");
        var later = await fixture.InsertAsync(Eu);

        var halted = await fixture.HaltAsync();
        var id = (await fixture.OriginAsync(Us, Eu)).GetProperty("halt").GetProperty("id").GetString()!;
        Assert.Contains("short", halted.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await fixture.RunAsync("tx", "skip", id)).ExitCode);
        var skipped = await fixture.RunAsync("tx", "skip", id, "--reason", "a code that is too long", "--node", "us");
        Assert.True(skipped.ExitCode == 0, skipped.Error);

        await fixture.ArrivesAsync(Us, later);
        await fixture.EndsWellAsync();
        Assert.Equal(1L, await fixture.ScalarAsync<long>(Us, "SELECT count(*) FROM badge"));
        Assert.Equal(2, fixture.DeadLetters(Eu).Count(letter => Note(letter).Contains($"\"{id}\"", StringComparison.Ordinal)));
        await Eventually.TrueAsync(
            () => fixture.ScalarAsync<bool>(Us, $"SELECT done_at IS NOT NULL FROM kafkabridge.skip WHERE id = '{id}'"),
            "the order is done");
    }

    [Fact]
    public async Task A_user_who_locks_a_table_is_named_and_waited_for_even_while_the_applier_starts()
    {
        await using (var user = await fixture.Cluster.Servers[Us].ConnectAsync(BridgeCluster.Database))
        {
            await using var held = await user.BeginTransactionAsync();
            await using var take = new NpgsqlCommand("LOCK TABLE item IN ACCESS EXCLUSIVE MODE", user);
            await take.ExecuteNonQueryAsync();
            await fixture.SqlAsync(Eu, "INSERT INTO shape VALUES (77, 'x')");
            await fixture.InsertAsync(Eu);
            var sentence = $"us: applying waits for a lock of process {user.ProcessID} (role postgres, from 127.0.0.1";
            await SaysAsync(sentence);
            await fixture.RestartAsync(); // now it is the functions that can't be made
            await SaysAsync(sentence);
        }

        await fixture.EndsWellAsync();

        Task SaysAsync(string sentence) => Eventually.TrueAsync(
            () => fixture.Said.Contains(sentence, StringComparison.Ordinal), $"it says: {sentence}", TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Only_what_has_halted_can_be_left_out()
    {
        await fixture.ArrivesAsync(Us, await fixture.InsertAsync(Eu));
        var nothing = await fixture.RunAsync("tx", "skip", "eu:1:0/1", "--reason", "test");
        Assert.Equal(3, nothing.ExitCode);
        Assert.Contains("KB1081", nothing.Error, StringComparison.Ordinal);

        var offset = await fixture.ScalarAsync<long>(Us, $"SELECT spine_offset FROM kafkabridge.position WHERE writer = {Eu}");
        var spine = await fixture.RunAsync("tx", "skip", $"{fixture.Cluster.Name}.spine/{Eu}@{offset}", "--reason", "test");
        Assert.Equal(3, spine.ExitCode);
        Assert.Contains("KB1083", spine.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await fixture.RunAsync("tx", "skip", "nonsense", "--reason", "test")).ExitCode);
    }

    [Fact]
    public async Task Foreign_records_in_the_logs_of_members_and_schemas_are_passed_over_and_named()
    {
        var member = await fixture.PlantAsync("nodes", 0, Garbage, key: "claim/0/x");
        var schema = await fixture.PlantAsync("schemas", 0, Garbage, key: "not json");
        await fixture.RestartAsync();
        await fixture.ArrivesAsync(Us, await fixture.InsertAsync(Eu));
        await fixture.EndsWellAsync();

        var check = await fixture.RunAsync("check");
        Assert.Equal(0, check.ExitCode);
        Assert.Contains(member, check.Output, StringComparison.Ordinal);
        Assert.Contains(schema, check.Output, StringComparison.Ordinal);
    }

    static string Note(Confluent.Kafka.ConsumeResult<byte[], byte[]> letter) =>
        letter.Message.Headers.TryGetLastBytes("kafkabridge.left-out", out var note) ? Encoding.UTF8.GetString(note) : "";
}
