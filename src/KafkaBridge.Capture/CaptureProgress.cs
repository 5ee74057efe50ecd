using System.Collections.Concurrent;
using KafkaBridge.Capture.Reading;
using KafkaBridge.Changes;

namespace KafkaBridge.Capture;

/// <summary>Counters that the session's tasks write and anybody reads.</summary>
sealed class CaptureProgress
{
    ulong decoded;
    ulong acknowledged;
    ulong accountedTo;
    ulong confirmed;
    long transactions;
    long records;
    long lifted;
    long inFlight;
    long lastTick;
    long watermark;
    long publishedTime;
    long clockSkew = long.MinValue; // microseconds
    readonly ConcurrentDictionary<RelationName, EventCounts> events = new();
    readonly Queue<ClockReading> readings = []; // not yet published, oldest first
    readonly Lock guard = new(); // guards readings
    volatile int session;
    volatile CaptureState state;
    volatile string? lastError;
    volatile string? held;
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

    public string? Held
    {
        get => held;
        set => held = value;
    }

    public int Session
    {
        set
        {
            session = value;
            lock (guard)
            {
                readings.Clear(); // their positions may be another timeline's
            }
        }
    }

    public Lsn Decoded { set => Volatile.Write(ref decoded, value.Value); }

    public Lsn Acknowledged
    {
        get => new(Volatile.Read(ref acknowledged));
        set
        {
            Volatile.Write(ref acknowledged, value.Value);
            Published(value);
        }
    }

    /// <summary>Acknowledged, and what was applied before it is told: the log need not be read again before it.</summary>
    public Lsn AccountedTo
    {
        get => new(Volatile.Read(ref accountedTo));
        set => Volatile.Write(ref accountedTo, value.Value);
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
        lastError,
        Volatile.Read(ref publishedTime),
        Volatile.Read(ref clockSkew) is var skew && skew == long.MinValue ? null : TimeSpan.FromMicroseconds(skew),
        [.. events.SelectMany(table => table.Value.Of(table.Key))])
    {
        Held = held,
    };

    public EventCounts EventsOf(RelationName table) => events.GetOrAdd(table, _ => new EventCounts());

    /// <summary>The time of the reading is published once all WAL before its position is.</summary>
    public void Read(ClockReading reading, TimeSpan skew)
    {
        Volatile.Write(ref clockSkew, (long)skew.TotalMicroseconds);
        lock (guard)
        {
            readings.Enqueue(reading);
            if (readings.Count > Limits.UnpublishedReadings)
            {
                readings.Dequeue();
            }
        }
    }

    /// <summary>The transaction stands in the spine.</summary>
    public void Count(SpineTransaction transaction)
    {
        PublishedUpTo(transaction.CommitTime);
        Interlocked.Increment(ref transactions);
        Interlocked.Add(ref records, transaction.RecordCount);
        if (transaction.IsLifted)
        {
            Interlocked.Increment(ref lifted);
        }
    }

    void Published(Lsn end)
    {
        lock (guard)
        {
            while (readings.TryPeek(out var oldest) && oldest.WalEnd <= end)
            {
                PublishedUpTo(readings.Dequeue().Tick * Tick.Microseconds);
            }
        }
    }

    void PublishedUpTo(long time)
    {
        if (time > Volatile.Read(ref publishedTime))
        {
            Volatile.Write(ref publishedTime, time);
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
