namespace KafkaBridge.Capture;

/// <summary>Slot, spine and claim don't fit each other: a person must decide, and the message says between what.</summary>
public sealed class CaptureRefusedException(string message) : Exception(message);
