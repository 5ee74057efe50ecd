namespace KafkaBridge.Kafka.Tests;

public class KafkaSettingsTests
{
    [Fact]
    public void User_settings_are_passed_on_and_ours_stand_beside_them()
    {
        var settings = Settings(new() { ["bootstrap.servers"] = "a:1,b:2", ["socket.timeout.ms"] = "7000" }, new() { ["linger.ms"] = "9" });

        var producer = settings.Producer("kafkabridge/shop/eu/capture").ToDictionary(pair => pair.Key, pair => pair.Value);
        Assert.Equal("a:1,b:2", producer["bootstrap.servers"]);
        Assert.Equal("7000", producer["socket.timeout.ms"]);
        Assert.Equal("9", producer["linger.ms"]);
        Assert.Equal("true", producer["enable.idempotence"]);
        Assert.Equal("0", producer["message.timeout.ms"]);
        Assert.Equal("kafkabridge/shop/eu/capture", producer["client.id"]);

        var consumer = settings.Consumer("c", "kafkabridge.shop.eu").ToDictionary(pair => pair.Key, pair => pair.Value);
        Assert.Equal("error", consumer["auto.offset.reset"]);
        Assert.Equal("kafkabridge.shop.eu", consumer["group.id"]);
        Assert.DoesNotContain("linger.ms", consumer.Keys);
    }

    [Theory]
    [InlineData("linger", "5", "linger")]
    [InlineData("linger.ms", "soon", "linger.ms")]
    [InlineData("acks", "1", "acks=all")]
    [InlineData("request.required.acks", "1", "acks=all")]
    [InlineData("enable.auto.commit", "true", "enable.auto.commit=false")]
    [InlineData("group.instance.id", "x", "set by KafkaBridge itself")]
    public void A_setting_that_is_unknown_or_ours_is_named(string key, string value, string named)
    {
        var error = Assert.Throws<KafkaSettingsException>(() => Settings(new() { ["bootstrap.servers"] = "a:1", [key] = value }, []));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_an_address_the_error_says_what_to_set()
    {
        var error = Assert.Throws<KafkaSettingsException>(() => Settings([], []));
        Assert.Contains("bootstrap.servers", error.Message, StringComparison.Ordinal);
    }

    // librdkafka refuses a list with a feature that it was built without
    [Fact]
    public void The_native_library_has_the_features_that_users_need()
    {
        Settings(new() { ["bootstrap.servers"] = "a:1", ["builtin.features"] = "ssl,sasl_plain,sasl_scram,zstd,lz4,snappy,gzip" }, []);
        Assert.Throws<KafkaSettingsException>(() =>
            Settings(new() { ["bootstrap.servers"] = "a:1", ["builtin.features"] = "no_such_feature" }, []));
    }

    [Fact]
    public void The_alias_of_a_setting_replaces_our_default()
    {
        var producer = Settings(new() { ["bootstrap.servers"] = "a:1" },
            new() { ["queue.buffering.max.ms"] = "7", ["compression.codec"] = "lz4" })
            .Producer("p").ToDictionary(pair => pair.Key, pair => pair.Value);
        Assert.Equal("7", producer["linger.ms"]);
        Assert.Equal("lz4", producer["compression.type"]);
        Assert.DoesNotContain("queue.buffering.max.ms", producer.Keys);
    }

    static KafkaSettings Settings(Dictionary<string, string> common, Dictionary<string, string> producer) => new(common, producer, null);
}
