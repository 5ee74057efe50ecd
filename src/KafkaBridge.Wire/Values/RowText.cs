using System.Globalization;

namespace KafkaBridge.Wire.Values;

/// <summary>Room for the texts of one record's values: few arrays, never written again once handed out.</summary>
sealed class RowText(int size)
{
    const int LongestNumber = 20;

    byte[] room = new byte[size];
    int used;

    public ReadOnlyMemory<byte> Add(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Room(text.Length));
        return Keep(text.Length);
    }

    public ReadOnlyMemory<byte> Add(long number)
    {
        number.TryFormat(Room(LongestNumber), out var length, default, CultureInfo.InvariantCulture);
        return Keep(length);
    }

    /// <summary>bytea's text.</summary>
    public ReadOnlyMemory<byte> AddHex(ReadOnlySpan<byte> bytes)
    {
        var length = checked(2 + (2 * bytes.Length));
        var text = Room(length);
        "\\x"u8.CopyTo(text);
        Convert.TryToHexStringLower(bytes, text[2..], out _);
        return Keep(length);
    }

    /// <summary>Room for a text that is not longer than this; <see cref="Keep"/> takes what was used of it.</summary>
    public Span<byte> Room(int length)
    {
        if (room.Length - used < length)
        {
            room = new byte[Math.Max(length, size)];
            used = 0;
        }

        return room.AsSpan(used);
    }

    public ReadOnlyMemory<byte> Keep(int length)
    {
        var kept = room.AsMemory(used, length);
        used += length;
        return kept;
    }
}
