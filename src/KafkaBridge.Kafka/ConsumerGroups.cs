using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace KafkaBridge.Kafka;

/// <summary>The groups to which nodes commit their offsets for lag tools to see.</summary>
public static class ConsumerGroups
{
    /// <summary>Deletes them; one that was never there is no error.</summary>
    public static async Task DeleteAsync(IAdminClient admin, IEnumerable<string> groups)
    {
        try
        {
            await admin.DeleteGroupsAsync([.. groups], new DeleteGroupsOptions { RequestTimeout = Limits.Answer });
        }
        catch (DeleteGroupsException error) when (error.Results.All(Gone))
        {
            // what was to be
        }
        catch (DeleteGroupsException error)
        {
            var first = error.Results.First(result => !Gone(result));
            var reason = $"{first.Error.Reason.TrimEnd('.')} ({first.Error.Code})";
            throw new KafkaException(new Error(first.Error.Code, $"group {first.Group} can't be deleted: {reason}."), error);
        }
    }

    /// <summary>A broker that can't delete groups (the embedded one) says so: its groups are nobody else's.</summary>
    static bool Gone(DeleteGroupReport result) =>
        !result.Error.IsError || result.Error.Code is ErrorCode.GroupIdNotFound or ErrorCode.Local_UnsupportedFeature;
}
