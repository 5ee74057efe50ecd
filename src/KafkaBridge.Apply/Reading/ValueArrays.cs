namespace KafkaBridge.Apply.Reading;

/// <summary>
/// Values that wait together lie together: thousands of small arrays that all live on would cost the collector more than decoding them
/// costs. An array is as large as what waits already, so that a value that waits alone keeps no more than itself.
/// </summary>
sealed class ValueArrays
{
    byte[] array = [];
    int used;

    /// <param name="waiting">Bytes that wait already.</param>
    public ReadOnlyMemory<byte> Keep(ReadOnlySpan<byte> value, long waiting)
    {
        if (value.Length > array.Length - used)
        {
            var size = Math.Max(value.Length, (int)Math.Min(waiting, Limits.ValueArrayBytes));
            (array, used) = (GC.AllocateUninitializedArray<byte>(size), 0);
        }

        var kept = array.AsMemory(used, value.Length);
        value.CopyTo(kept.Span);
        used += value.Length;
        return kept;
    }
}
