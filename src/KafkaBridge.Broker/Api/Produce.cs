using KafkaBridge.Broker.Log;
using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Api;

/// <summary>
/// Produce: 3 to 11 (0 to 2 are advertised, as clients of librdkafka need it, and refused). One batch of format 2 for each partition;
/// checked, given its offset, and appended as it is. acks=all is answered when it is durable, 1 and 0 when it is written.
/// Idempotent producers: a repeated batch is answered with its first offset, a gap with OUT_OF_ORDER_SEQUENCE_NUMBER.
/// A transaction's batch is taken while its producer has the partition in a transaction (AddPartitionsToTxn), else INVALID_TXN_STATE.
/// Left out: the timeout (there is no replica to wait for), broker-side recompression.
/// </summary>
static class Produce
{
    public static readonly ApiEntry Entry = new(ApiKey.Produce, 0, 11, 9, HandleAsync);

    const short AcksAll = -1;

    sealed record Outcome(int Partition, PartitionLog? Log, AppendResult Result);

    static async Task HandleAsync(Request request)
    {
        var (acks, topics) = Append(request);
        if (acks == 0)
        {
            request.Unanswered = true;
            if (topics.SelectMany(topic => topic.Partitions).FirstOrDefault(outcome =>
                outcome.Result.Error != ErrorCode.None) is { } failed)
            {
                throw new IOException(failed.Result.Message); // the end of the connection is all that such a producer can be told
            }

            return;
        }

        var results = new List<(string Topic, List<Outcome> Partitions)>();
        foreach (var (topic, partitions) in topics)
        {
            results.Add((topic, acks == AcksAll ? await DurableAsync(partitions) : partitions));
        }

        Write(request, results);
    }

    // Synchronous up to here: requests that follow each other are appended in their order.
    static (short Acks, List<(string Topic, List<Outcome> Partitions)> Topics) Append(Request request)
    {
        var reader = request.Read();
        if (request.Version >= 3)
        {
            reader.NullableString(); // transactional id: the batches say whose they are
        }

        var acks = reader.Int16();
        reader.Int32(); // timeout
        var refusal = request.Refusal is { } code
            ? AppendResult.Refused(code, "a fault that a test asked for")
            : Refusal(request.Version, acks);
        var topics = new List<(string Topic, List<Outcome> Partitions)>();
        for (var topicCount = reader.Count(); topicCount > 0; topicCount--)
        {
            var name = reader.String();
            var outcomes = new List<Outcome>();
            for (var count = reader.Count(4); count > 0; count--)
            {
                var index = reader.Int32();
                var records = reader.NullableBytes();
                reader.Tags();
                outcomes.Add(refusal is { } refused
                    ? new Outcome(index, null, refused)
                    : AppendTo(request, name, index, records is { } range ? request.Body[range] : default));
            }

            reader.Tags();
            topics.Add((name, outcomes));
        }

        return (acks, topics);
    }

    static AppendResult? Refusal(short version, short acks) =>
        version < 3 ? AppendResult.Refused(ErrorCode.UnsupportedVersion, "produce versions 0 to 2 are refused")
        : acks is not (AcksAll or 0 or 1) ? AppendResult.Refused(ErrorCode.InvalidRequiredAcks, $"acks must be all, 1 or 0, not {acks}")
        : null;

    static Outcome AppendTo(Request request, string name, int index, Memory<byte> records)
    {
        var options = request.Broker.Options;
        if (request.Broker.Topics.Find(name)?.Partition(index) is not { } log)
        {
            return new Outcome(index, null, AppendResult.Refused(ErrorCode.UnknownTopicOrPartition,
                $"partition {index} of topic {name} is not there"));
        }

        var (error, message, bad) = BatchCheck.Check(records.Span, log.Settings, options.Time.GetUtcNow().ToUnixTimeMilliseconds());
        return new Outcome(index, log, error == ErrorCode.None ? log.Append(records.Span) : AppendResult.Refused(error, message!, bad));
    }

    static async Task<List<Outcome>> DurableAsync(List<Outcome> outcomes)
    {
        var results = new List<Outcome>(outcomes.Count);
        foreach (var outcome in outcomes)
        {
            try
            {
                if (outcome.Result.Error == ErrorCode.None)
                {
                    await outcome.Log!.DurableAsync(outcome.Result.DurableFrom);
                }

                results.Add(outcome);
            }
            catch (IOException exception)
            {
                results.Add(outcome with { Result = AppendResult.Refused(ErrorCode.KafkaStorageError, exception.Message) });
            }
        }

        return results;
    }

    static void WriteBadRecords(KafkaWriter response, AppendResult result)
    {
        var records = result.BadRecords ?? [];
        response.Count(records.Count);
        foreach (var record in records)
        {
            response.Int32(record);
            response.String(result.Message);
            response.Tags();
        }
    }

    static void Write(Request request, List<(string Topic, List<Outcome> Partitions)> topics)
    {
        var response = request.Response;
        response.Count(topics.Count);
        foreach (var (topic, partitions) in topics)
        {
            response.String(topic);
            response.Count(partitions.Count);
            foreach (var (index, log, result) in partitions)
            {
                response.Int32(index);
                response.Error(result.Error);
                response.Int64(result.BaseOffset);
                if (request.Version >= 2)
                {
                    response.Int64(result.LogAppendTime);
                }

                if (request.Version >= 5)
                {
                    response.Int64(result.Error == ErrorCode.None ? log!.LogStart : -1);
                }

                if (request.Version >= 8)
                {
                    WriteBadRecords(response, result);
                    response.String(result.Message);
                }

                response.Tags();
            }

            response.Tags();
        }

        if (request.Version >= 1)
        {
            response.Int32(0); // throttle
        }

        response.Tags();
    }
}
