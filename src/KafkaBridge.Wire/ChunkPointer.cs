namespace KafkaBridge.Wire;

/// <summary>A column whose text travels in pieces in the chunks topic, before its record.</summary>
/// <param name="Column">Its place in the row, from 0.</param>
/// <param name="InBefore">Of the old row, not the new one.</param>
/// <param name="Length">Bytes of all pieces together.</param>
/// <param name="Sha256">Of all pieces together.</param>
public sealed record ChunkPointer(int Column, bool InBefore, long Length, int Pieces, byte[] Sha256);
