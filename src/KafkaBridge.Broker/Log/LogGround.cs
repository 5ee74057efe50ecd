namespace KafkaBridge.Broker.Log;

/// <summary>What every partition's log needs of the broker.</summary>
sealed record LogGround(Storage.DiskThreads Disk, BrokerFaults Faults, FlushMode Flush, TimeProvider Time, Action<string> Report)
{
    public long NowMs => Time.GetUtcNow().ToUnixTimeMilliseconds();
}

/// <summary>Where records for a reader are: so many bytes of a segment, which are whole batches, below the end offset.</summary>
readonly record struct LogSlice(LogSegment Segment, int Position, int Bytes, long EndOffset)
{
    /// <summary>Fills the target from so many bytes after the slice's first one on.</summary>
    /// <exception cref="IOException">The file is shorter than it was.</exception>
    public void Read(int start, Span<byte> target)
    {
        if (Segment.Read(Position + start, target) < target.Length)
        {
            throw new IOException($"segment {Segment.BaseOffset} ends before byte {Position + start + target.Length}");
        }
    }
}

/// <summary>How an append ended: at which offset, or with which error.</summary>
readonly record struct AppendResult(Protocol.ErrorCode Error, long BaseOffset, long LogAppendTime, long DurableFrom, string? Message = null,
    IReadOnlyList<int>? BadRecords = null)
{
    public static AppendResult Refused(Protocol.ErrorCode error, string message, IReadOnlyList<int>? records = null) =>
        new(error, -1, -1, 0, message, records);
}
