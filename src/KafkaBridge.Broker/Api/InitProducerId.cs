using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Api;

/// <summary>
/// InitProducerId: 0 to 5. A new id with epoch 0 for every idempotent producer, also for one that had an id. With a transactional id: its
/// producer in the next epoch; what the one before left open is aborted first, and it is refused from then on.
/// </summary>
static class InitProducerId
{
    public static readonly ApiEntry Entry = new(ApiKey.InitProducerId, 0, 5, 2, HandleAsync);

    const int WithPrevious = 3;

    static async Task HandleAsync(Request request)
    {
        var reader = request.Read();
        var transactionalId = reader.NullableString();
        var timeoutMs = reader.Int32();
        var (previousId, previousEpoch) = request.Version >= WithPrevious ? (reader.Int64(), reader.Int16()) : (-1L, (short)-1);
        var (error, id, epoch) = (request.Refusal ?? ErrorCode.None, -1L, (short)-1);
        if (error == ErrorCode.None)
        {
            try
            {
                (error, id, epoch) = transactionalId is null
                    ? (ErrorCode.None, await request.Broker.ProducerIds.NextAsync(), (short)0)
                    : await request.Broker.Transactions.BeginProducerAsync(transactionalId, timeoutMs, previousId, previousEpoch);
            }
            catch (IOException)
            {
                error = ErrorCode.CoordinatorNotAvailable;
            }
        }

        var response = request.Response;
        response.Int32(0); // throttle
        response.Error(error);
        response.Int64(id);
        response.Int16(epoch);
        response.Tags();
    }
}
