namespace KafkaBridge.Broker.Protocol;

/// <summary>Walks the records of one batch, uncompressed. What does not add up is told, never thrown.</summary>
ref struct RecordCursor(ReadOnlySpan<byte> records)
{
    readonly ReadOnlySpan<byte> records = records;
    int position;

    /// <summary>The present record, length and all.</summary>
    public ReadOnlySpan<byte> Record { get; private set; }

    public int OffsetDelta { get; private set; }

    public long TimestampDelta { get; private set; }

    /// <summary>Empty for null too; see <see cref="HasKey"/>.</summary>
    public ReadOnlySpan<byte> Key { get; private set; }

    public bool HasKey { get; private set; }

    /// <summary>A record without value takes its key out of a compacted topic.</summary>
    public bool HasValue { get; private set; }

    /// <summary>Whether the walk ended before the end because the bytes are no records.</summary>
    public bool IsBroken { get; private set; }

    public readonly bool IsAtEnd => position == records.Length;

    /// <summary>Moves to the next record; false at the end, or where the bytes are none.</summary>
    public bool Next()
    {
        if (IsBroken || IsAtEnd)
        {
            return false;
        }

        var start = position;
        IsBroken = !TryRead(start);
        return !IsBroken;
    }

    bool TryRead(int start)
    {
        if (!Number(records.Length, out var length) || length < 0 || length > records.Length - position)
        {
            return false;
        }

        var end = position + (int)length;
        if (position == end)
        {
            return false;
        }

        position++; // attributes, of which none is defined
        if (!Number(end, out var timestampDelta) || !Number(end, out var offsetDelta) || offsetDelta is < 0 or > int.MaxValue
            || !Bytes(end, out var key, out var hasKey) || !Bytes(end, out _, out var hasValue) || !Headers(end) || position != end)
        {
            return false;
        }

        TimestampDelta = timestampDelta;
        OffsetDelta = (int)offsetDelta;
        Key = key;
        HasKey = hasKey;
        HasValue = hasValue;
        Record = records[start..end];
        return true;
    }

    bool Headers(int end)
    {
        if (!Number(end, out var count) || count < 0 || count > end - position)
        {
            return false;
        }

        for (; count > 0; count--)
        {
            if (!Bytes(end, out _, out var hasName) || !hasName || !Bytes(end, out _, out _))
            {
                return false;
            }
        }

        return true;
    }

    bool Bytes(int end, out ReadOnlySpan<byte> bytes, out bool present)
    {
        bytes = default;
        present = false;
        if (!Number(end, out var length) || length < -1 || length > end - position)
        {
            return false;
        }

        if (length >= 0)
        {
            present = true;
            bytes = records.Slice(position, (int)length);
            position += (int)length;
        }

        return true;
    }

    // Zigzag, in seven bits a byte.
    bool Number(int end, out long number)
    {
        var value = 0UL;
        number = 0;
        for (var shift = 0; shift < 64 && position < end; shift += 7)
        {
            var next = records[position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                number = (long)(value >> 1) ^ -(long)(value & 1);
                return true;
            }
        }

        return false;
    }
}
