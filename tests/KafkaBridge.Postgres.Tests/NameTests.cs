namespace KafkaBridge.Postgres.Tests;

/// <summary>Names in the server that a restart must find again: they may never change.</summary>
public sealed class NameTests
{
    const int LongestSlotName = 63;

    [Fact]
    public void A_slot_has_underscores_where_the_names_have_hyphens() =>
        Assert.Equal("kafkabridge_my_shop_eu_1", ReplicationSlot.NameFor("my-shop", "eu-1"));

    [Fact]
    public void The_longest_names_fit_into_a_slots_name() =>
        Assert.InRange(ReplicationSlot.NameFor(new string('a', 24), new string('b', 24)).Length, 1, LongestSlotName);

    [Fact]
    public void An_origin_names_writer_applier_and_worker()
    {
        var origin = ReplicationOrigin.Of("my-shop", 3, 1, 0);
        Assert.Equal(("kafkabridge_my_shop_3_1_0", 3), (origin.Name, origin.Writer));
    }
}
