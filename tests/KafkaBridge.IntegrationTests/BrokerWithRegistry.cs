using System.Globalization;
using System.Text;
using System.Text.Json;
using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary><c>kafkabridge broker</c>: a Kafka and a registry in one process, with nothing else.</summary>
public sealed class BrokerWithRegistry
{
    const string Table = "CREATE TABLE item (id int PRIMARY KEY, price numeric(10,2))";

    readonly string port = Commands.FreePort().ToString(CultureInfo.InvariantCulture);

    Uri Registry => new($"http://127.0.0.1:{port}");

    [Fact]
    public async Task A_bridge_registers_there_and_JavaScript_decodes_its_topics_before_and_after_a_restart()
    {
        await using var broker = await EmbeddedBroker.StartAsync(EmbeddedBroker.RegistryPort, port);
        await using var cluster = await BridgeCluster.StartAsync(broker.BootstrapServers, Table, 15, 15);
        await cluster.ConfigureAsync($"registry: {Registry}");
        await cluster.CommandAsync("apply", "--yes");
        await using (var both = cluster.Run())
        {
            await cluster.Servers[0].ExecuteAsync(BridgeCluster.Database, "INSERT INTO item VALUES (1, 12.50)");
            await cluster.Servers[1].ExecuteAsync(BridgeCluster.Database, "INSERT INTO item VALUES (2, NULL)");
            await cluster.WaitCaughtUpAsync();
            await cluster.RequireEqualAsync("item");
            Assert.Equal(0, await both.StopAsync());
        }

        var before = await DecodedAsync(broker, $"{cluster.Name}.public.item", "before");
        Assert.Equal(["1", "2"], before.Select(record => record.GetProperty("key").GetProperty("id").ToString()).Order());
        await broker.KillAsync();
        await broker.StartAgainAsync();
        var after = await DecodedAsync(broker, $"{cluster.Name}.public.item", "after");
        Assert.Equal(before.Select(record => record.ToString()).Order(), after.Select(record => record.ToString()).Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_comes_through_the_brokers_own_listener_whatever_that_asks_for(bool tls)
    {
        using var certificates = TestCertificates.Create();
        var pem = certificates.KeyStore("broker", certificates.Localhost);
        var users = Path.Combine(Path.GetDirectoryName(pem)!, "users");
        await File.WriteAllTextAsync(users, "ada:l0velace:1\n");
        await using var broker = await EmbeddedBroker.StartAsync(
            [EmbeddedBroker.RegistryPort, port, "--users", users,
                .. tls ? ["--tls-certificate", pem, "--tls-key", pem] : Array.Empty<string>()]);
        using var http = new HttpClient { BaseAddress = Registry };
        using var schema = new StringContent("""{"schema":"\"string\""}""", Encoding.UTF8, "application/json");
        await AnswersAsync(broker, http);
        using var registered = await http.PostAsync("/subjects/names-value/versions", schema);
        Assert.Equal("""{"id":1000}""", await registered.Content.ReadAsStringAsync());
        Assert.Equal("""["names-value"]""", await http.GetStringAsync("/subjects"));
    }

    /// <summary>The broker's "listening" comes before the registry's.</summary>
    static async Task AnswersAsync(EmbeddedBroker broker, HttpClient http)
    {
        var last = "nothing";
        try
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    using var answer = await http.GetAsync("/subjects");
                    last = await answer.Content.ReadAsStringAsync();
                    return answer.IsSuccessStatusCode;
                },
                "the registry answers");
        }
        catch (TimeoutException failure)
        {
            throw new TimeoutException($"{failure.Message}; its last answer: {last}; the broker said: {broker.Error}", failure);
        }
    }

    async Task<IReadOnlyList<JsonElement>> DecodedAsync(EmbeddedBroker broker, string topic, string group)
    {
        using var http = new HttpClient { BaseAddress = Registry };
        await AnswersAsync(broker, http);
        return await NodeScript.RunAsync(
            Repository.Path("tests", "KafkaBridge.IntegrationTests", "decode.cjs"),
            new
            {
                client = new { clientId = "others", brokers = new[] { broker.BootstrapServers } },
                registry = Registry.ToString().TrimEnd('/'),
                topic,
                group,
            });
    }
}
