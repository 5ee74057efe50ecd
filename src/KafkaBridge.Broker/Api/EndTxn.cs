using KafkaBridge.Broker.Protocol;
using KafkaBridge.Broker.Transactions;

namespace KafkaBridge.Broker.Api;

/// <summary>
/// EndTxn: 0 to 3. Answered when the transaction's markers stand in all its partitions: its end can be read then. The same end asked for
/// again is answered again.
/// </summary>
static class EndTxn
{
    public static readonly ApiEntry Entry = new(ApiKey.EndTxn, 0, 3, 3, HandleAsync);

    static async Task HandleAsync(Request request)
    {
        var reader = request.Read();
        var claim = new ProducerClaim(reader.String(), reader.Int64(), reader.Int16());
        var isCommit = reader.Boolean();
        ErrorCode error;
        try
        {
            error = await request.Broker.Transactions.EndAsync(claim, isCommit);
        }
        catch (IOException)
        {
            error = ErrorCode.CoordinatorNotAvailable;
        }

        request.Response.Int32(0); // throttle
        request.Response.Error(error);
        request.Response.Tags();
    }
}
