using KafkaBridge.Changes;

namespace KafkaBridge.Capture;

/// <summary>Counters that the session's tasks write and anybody reads.</summary>
sealed class CaptureProgress
{
    ulong decoded;
    ulong acknowledged;
    ulong confirmed;
    long transactions;
    long records;
    long lifted;
    long inFlight;
    long lastTick;
    long watermark;
    volatile int session;
    volatile CaptureState state;
    volatile string? lastError;
    volatile bool wasRunning;

    public CaptureState State
    {
        get => state;
        set
        {
            state = value;
            wasRunning |= value == CaptureState.Running;
        }
    }

    public string? LastError { set => lastError = value; }

    public int Session { set => session = value; }

    public Lsn Decoded { set => Volatile.Write(ref decoded, value.Value); }

    public Lsn Acknowledged
    {
        get => new(Volatile.Read(ref acknowledged));
        set => Volatile.Write(ref acknowledged, value.Value);
    }

    public Lsn Confirmed { set => Volatile.Write(ref confirmed, value.Value); }

    public long LastTick { set => Volatile.Write(ref lastTick, value); }

    public long Watermark { set => Volatile.Write(ref watermark, value); }

    public long InFlight { set => Volatile.Write(ref inFlight, value); }

    public CaptureStatus Status => new(
        state,
        session,
        new Lsn(Volatile.Read(ref decoded)),
        Acknowledged,
        new Lsn(Volatile.Read(ref confirmed)),
        Volatile.Read(ref lastTick),
        Volatile.Read(ref watermark),
        Interlocked.Read(ref transactions),
        Interlocked.Read(ref records),
        Interlocked.Read(ref lifted),
        Interlocked.Read(ref inFlight),
        lastError);

    public void Count(SpineTransaction transaction)
    {
        Interlocked.Increment(ref transactions);
        Interlocked.Add(ref records, transaction.RecordCount);
        if (transaction.IsLifted)
        {
            Interlocked.Increment(ref lifted);
        }
    }

    /// <summary>Whether a session has run since the last call.</summary>
    public bool TakeWasRunning()
    {
        var was = wasRunning;
        wasRunning = false;
        return was;
    }
}
