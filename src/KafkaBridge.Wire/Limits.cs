namespace KafkaBridge.Wire;

/// <summary>The bounds of what is written and of what is believed when read.</summary>
static class Limits
{
    /// <summary>Kafka takes 249; the rest is for a prefix of MirrorMaker 2.</summary>
    public const int TopicName = 200;

    /// <summary>Nesting of schemas and of values that are skipped.</summary>
    public const int SchemaDepth = 64;

    /// <summary>Characters of a schema's text: some 1,600 columns with long names fit twice over.</summary>
    public const int SchemaText = 4 * 1024 * 1024;
}
