using Confluent.Kafka;

namespace KafkaBridge.Apply.Reading;

/// <summary>
/// The value of the record that a consumer took last, copied out of librdkafka's memory into one array that is used again for the
/// next: who keeps it copies it before that. For the thread that takes alone.
/// </summary>
sealed class TakenValue : IDeserializer<TakenValue?>
{
    byte[] array = [];
    int length;

    public ReadOnlySpan<byte> Bytes => array.AsSpan(0, length);

    public TakenValue? Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
    {
        if (isNull)
        {
            return null;
        }

        if (data.Length > array.Length || array.Length > Limits.TakenValueBytes)
        {
            array = GC.AllocateUninitializedArray<byte>(data.Length);
        }

        data.CopyTo(array);
        length = data.Length;
        return this;
    }
}
