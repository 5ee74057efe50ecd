namespace KafkaBridge.Apply.Reading;

/// <summary>
/// The log of one origin can't be read on: a foreign or truncated record, a gap, a checksum. That origin stops; the
/// message says where and what to do.
/// </summary>
public sealed class InputException : Exception
{
    public InputException(string message)
        : base(message)
    {
    }

    public InputException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
