using System.Text.Json.Nodes;
using KafkaBridge.Wire.Avro;

namespace KafkaBridge.Wire.Tests;

public class EnvelopeSchemaTests
{
    /// <summary>What Confluent's converter makes of a Debezium value, and our properties beside.</summary>
    [Fact]
    public void The_envelope_is_Debeziums() =>
        Same(File.ReadAllText("golden/envelope.avsc"), TableSchema.For(Tables.Topic, Tables.Orders).ValueSchema);

    [Fact]
    public void The_key_is_Debeziums() =>
        Same(File.ReadAllText("golden/key.avsc"), TableSchema.For(Tables.Topic, Tables.Orders).KeySchema!);

    [Fact]
    public void A_table_without_a_key_has_no_key_schema() =>
        Assert.Null(TableSchema.For(Tables.Topic, Tables.Table(new Changes.RelationColumn("a", 25, -1, "text", false))).KeySchema);

    [Fact]
    public void What_is_parsed_is_written_again()
    {
        foreach (var schema in new[] { TableSchema.For(Tables.Topic, Tables.Orders).ValueSchema, SpineCodec.SchemaJson })
        {
            var once = AvroSchemaText.Of(AvroSchemaParser.Parse(schema));
            Assert.Equal(once, AvroSchemaText.Of(AvroSchemaParser.Parse(once)));
        }

        var envelope = TableSchema.For(Tables.Topic, Tables.Orders).ValueSchema;
        Assert.Equal(envelope, AvroSchemaText.Of(AvroSchemaParser.Parse(envelope)));
    }

    static void Same(string expected, string actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual)), $"Expected\n{expected}\nbut it is\n{actual}");
}
