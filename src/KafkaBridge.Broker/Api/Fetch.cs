using KafkaBridge.Broker.Log;
using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Api;

/// <summary>
/// Fetch: 4 to 17. Whole batches as they were produced, below the high watermark; the first one even if it exceeds the limits.
/// Waits for MinBytes up to MaxWait. Sessions since 7, topic ids since 13. With read_committed: below the last stable offset, and with
/// the list of what was aborted.
/// Left out: replicas and their state, preferred replicas, divergence by epoch.
/// </summary>
static class Fetch
{
    public static readonly ApiEntry Entry = new(ApiKey.Fetch, 4, 17, 12, HandleAsync);

    /// <summary>What is there for one partition.</summary>
    readonly record struct Found(
        FetchedPartition Wanted, ErrorCode Error, PartitionLog? Log, LogSlice? Slice, List<AbortedTransaction> Aborted)
    {
        public long HighWatermark => Error == ErrorCode.None ? Log!.HighWatermark : -1;

        public long LastStableOffset => Error == ErrorCode.None ? Log!.LastStableOffset : -1;

        public long LogStart => Error == ErrorCode.None ? Log!.LogStart : -1;
    }

    static async Task HandleAsync(Request request)
    {
        var query = FetchQuery.Read(request);
        var (error, session, isNew) = request.Broker.FetchSessions.Begin(query);
        if (error != ErrorCode.None)
        {
            Write(request, error, 0, []);
            return;
        }

        var partitions = session?.Partitions ?? query.Partitions;
        var found = await FindAsync(request, query, partitions);
        if (session is not null)
        {
            if (!isNew)
            {
                found = [.. found.Where(HasNews)];
            }

            Told(session, found, partitions);
        }

        Write(request, ErrorCode.None, session?.Id ?? 0, found);
    }

    static async Task<List<Found>> FindAsync(Request request, FetchQuery query, List<FetchedPartition> partitions)
    {
        var found = FindNow(request, query, partitions);
        if (IsEnough(found, query) || query.MaxWait == TimeSpan.Zero)
        {
            return found;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(request.Ended);
        limit.CancelAfter(query.MaxWait);
        while (!limit.IsCancellationRequested)
        {
            var moved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            foreach (var place in found)
            {
                place.Log?.Watchers.Add(moved);
            }

            try
            {
                found = FindNow(request, query, partitions); // again, as it may have moved before it was watched
                if (IsEnough(found, query))
                {
                    break;
                }

                await moved.Task.WaitAsync(limit.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            }
            finally
            {
                foreach (var place in found)
                {
                    place.Log?.Watchers.Remove(moved);
                }
            }

            found = FindNow(request, query, partitions);
            if (IsEnough(found, query))
            {
                break;
            }
        }

        request.Ended.ThrowIfCancellationRequested();
        return found;
    }

    static bool IsEnough(List<Found> found, FetchQuery query) =>
        found.Count == 0
        || found.Any(place => place.Error != ErrorCode.None)
        || found.Sum(place => (long)(place.Slice?.Bytes ?? 0)) >= query.MinBytes;

    static List<Found> FindNow(Request request, FetchQuery query, List<FetchedPartition> partitions)
    {
        var found = new List<Found>(partitions.Count);
        var left = query.MaxBytes;
        var any = false;
        foreach (var wanted in partitions)
        {
            var place = FindNow(request, query, wanted, any && left <= 0 ? null : Math.Max(0, Math.Min(left, wanted.MaxBytes)));
            if (any && place.Slice is { } slice && slice.Bytes > Math.Min(left, wanted.MaxBytes))
            {
                place = place with { Slice = null };
            }

            any |= place.Slice is not null;
            left -= place.Slice?.Bytes ?? 0;
            found.Add(place);
        }

        return found;
    }

    // No room: the answer is full, and nothing is looked for.
    static Found FindNow(Request request, FetchQuery query, FetchedPartition wanted, int? room)
    {
        var broker = request.Broker;
        var key = wanted.Key;
        var topic = key.TopicId == Guid.Empty ? broker.Topics.Find(key.Topic) : broker.Topics.Find(key.TopicId);
        var (log, error) = broker.Lead(topic, key.Partition, wanted.LeaderEpoch);
        if (request.Refusal is { } refusal)
        {
            return new Found(wanted, refusal, null, null, []);
        }

        if (log is null)
        {
            var unknownId = topic is null && key.TopicId != Guid.Empty;
            return new Found(wanted, unknownId ? ErrorCode.UnknownTopicId : error, null, null, []);
        }

        while (true)
        {
            if (wanted.Offset < log.LogStart || wanted.Offset > log.LogEnd)
            {
                return new Found(wanted, ErrorCode.OffsetOutOfRange, null, null, []);
            }

            try
            {
                var below = query.ReadCommitted ? log.LastStableOffset : log.HighWatermark;
                var slice = room is { } bytes && wanted.Offset < below ? log.Locate(wanted.Offset, bytes, below) : null;
                var aborted = query.ReadCommitted && slice is { } read
                    ? log.Transactions.AbortedIn(wanted.Offset, read.EndOffset)
                    : [];
                return new Found(wanted, ErrorCode.None, log, slice, aborted);
            }
            catch (ObjectDisposedException) when (!log.IsStopped)
            {
                // a segment was deleted or rewritten just then: look again
            }
            catch (Exception exception) when (exception is ObjectDisposedException or IOException)
            {
                return new Found(wanted, ErrorCode.KafkaStorageError, null, null, []);
            }
        }
    }

    // In an incremental answer: what has records, an error, or moved.
    static bool HasNews(Found place) =>
        place.Error != ErrorCode.None || place.Slice is not null
        || place.HighWatermark != place.Wanted.ToldHighWatermark || place.LogStart != place.Wanted.ToldLogStart;

    static void Told(FetchSession session, List<Found> found, List<FetchedPartition> partitions)
    {
        foreach (var place in found)
        {
            place.Wanted.ToldHighWatermark = place.HighWatermark;
            place.Wanted.ToldLogStart = place.LogStart;
        }

        var last = found.FindLastIndex(place => place.Slice is not null);
        if (last >= 0)
        {
            session.ServedUpTo(partitions.IndexOf(found[last].Wanted) + 1);
        }
    }

    static void Write(Request request, ErrorCode error, int sessionId, List<Found> found)
    {
        var response = request.Response;
        var version = request.Version;
        response.Int32(0); // throttle
        if (version >= 7)
        {
            response.Error(error);
            response.Int32(sessionId);
        }

        var topics = found.GroupBy(place => place.Wanted.Key with { Partition = 0 }).ToList();
        response.Count(topics.Count);
        foreach (var topic in topics)
        {
            if (version >= 13)
            {
                response.Uuid(topic.Key.TopicId);
            }
            else
            {
                response.String(topic.Key.Topic);
            }

            var places = topic.ToList();
            response.Count(places.Count);
            foreach (var place in places)
            {
                WritePartition(response, version, place);
            }

            response.Tags();
        }

        response.Tags();
    }

    static void WritePartition(KafkaWriter response, short version, Found place)
    {
        response.Int32(place.Wanted.Key.Partition);
        response.Error(place.Error);
        response.Int64(place.HighWatermark);
        response.Int64(place.LastStableOffset);
        if (version >= 5)
        {
            response.Int64(place.LogStart);
        }

        response.Count(place.Aborted.Count);
        foreach (var aborted in place.Aborted)
        {
            response.Int64(aborted.ProducerId);
            response.Int64(aborted.First);
            response.Tags();
        }

        if (version >= 11)
        {
            response.Int32(-1); // preferred replica
        }

        if (place.Slice is { } slice)
        {
            response.Records(slice);
        }
        else
        {
            response.Bytes([]);
        }

        response.Tags();
    }
}
