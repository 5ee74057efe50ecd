using KafkaBridge.Broker.Api;
using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker;

/// <summary>
/// What a consumer has asked for, so that its next requests name only what changes (KIP-227). One request at a time uses it.
/// </summary>
sealed class FetchSession(int id)
{
    readonly Dictionary<FetchKey, FetchedPartition> byKey = [];

    public int Id => id;

    /// <summary>What the next request must bear.</summary>
    public int NextEpoch { get; private set; } = 1;

    public long LastUsed { get; set; } = Environment.TickCount64;

    public List<FetchedPartition> Partitions { get; private set; } = [];

    public void Update(FetchQuery query)
    {
        foreach (var wanted in query.Partitions)
        {
            if (byKey.TryGetValue(wanted.Key, out var known))
            {
                known.Offset = wanted.Offset;
                known.MaxBytes = wanted.MaxBytes;
                known.LeaderEpoch = wanted.LeaderEpoch;
            }
            else
            {
                byKey[wanted.Key] = wanted;
                Partitions.Add(wanted);
            }
        }

        var gone = query.Forgotten.Where(byKey.Remove).ToHashSet();
        if (gone.Count > 0)
        {
            Partitions = [.. Partitions.Where(partition => !gone.Contains(partition.Key))];
        }
    }

    public void Advance() => NextEpoch = NextEpoch == int.MaxValue ? 1 : NextEpoch + 1;

    /// <summary>Who has just been served goes to the end, so that a busy partition does not starve the others.</summary>
    public void ServedUpTo(int count) => Partitions = [.. Partitions.Skip(count), .. Partitions.Take(count)];
}

/// <summary>All sessions; when there are too many, the one not used for longest makes room, if that is long enough.</summary>
sealed class FetchSessions
{
    const long MayBeForgottenAfterMs = 120_000;

    readonly Lock guard = new(); // of sessions
    readonly Dictionary<int, FetchSession> sessions = [];

    /// <summary>The session of the request; null with no error: a full fetch without a session.</summary>
    public (ErrorCode Error, FetchSession? Session, bool IsNew) Begin(FetchQuery query)
    {
        lock (guard)
        {
            if (query.SessionEpoch <= 0)
            {
                sessions.Remove(query.SessionId);
                var made = query.SessionEpoch == 0 ? TryAdd() : null;
                made?.Update(query);
                return (ErrorCode.None, made, true);
            }

            if (!sessions.TryGetValue(query.SessionId, out var session))
            {
                return (ErrorCode.FetchSessionIdNotFound, null, false);
            }

            if (session.NextEpoch != query.SessionEpoch)
            {
                return (ErrorCode.InvalidFetchSessionEpoch, null, false);
            }

            session.LastUsed = Environment.TickCount64;
            session.Advance();
            session.Update(query);
            return (ErrorCode.None, session, false);
        }
    }

    FetchSession? TryAdd()
    {
        if (sessions.Count >= BrokerLimits.FetchSessions)
        {
            var oldest = sessions.Values.MinBy(session => session.LastUsed)!;
            if (Environment.TickCount64 - oldest.LastUsed < MayBeForgottenAfterMs)
            {
                return null;
            }

            sessions.Remove(oldest.Id);
        }

        int id;
        do
        {
            id = Random.Shared.Next(1, int.MaxValue);
        }
        while (sessions.ContainsKey(id));
        return sessions[id] = new FetchSession(id);
    }
}
