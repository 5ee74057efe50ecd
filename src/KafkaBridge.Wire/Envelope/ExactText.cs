namespace KafkaBridge.Wire.Envelope;

/// <summary>A text that its column's type can't hold.</summary>
readonly record struct ExactText(bool InBefore, int Column, ReadOnlyMemory<byte> Text);
