namespace KafkaBridge.Wire;

/// <summary>The header that lists the columns of the new row that are unchanged and not in the record.</summary>
public static class UnchangedHeader
{
    public const string Name = "kafkabridge.unchanged";
}
