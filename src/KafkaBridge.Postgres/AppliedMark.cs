using System.Globalization;
using KafkaBridge.Changes;

namespace KafkaBridge.Postgres;

/// <summary>
/// What a session that applies leaves in the WAL behind a transaction's last write, before its commit and without its origin: so
/// a stream that leaves out what has an origin still shows, among this node's own commits, what was applied.
/// </summary>
/// <param name="Xid">The transaction, 64 bits. It may have been rolled back: the mark stands in the WAL all the same.</param>
/// <param name="Applied">What its position row says now.</param>
/// <param name="After">What that row said before.</param>
/// <param name="At">Its place in the WAL as the stream tells it: where it ends.</param>
public sealed record AppliedMark(ulong Xid, Knowledge Applied, TransactionPosition After, Lsn At)
{
    /// <summary>From this major version of the server on a stream can leave out what has an origin, and marks are written.</summary>
    public const int Since = 16;

    public const string Prefix = "kafkabridge.applied";

    /// <summary>Names what kafkabridge.node says in mark_key, for the function: who does not know it writes no mark.</summary>
    public const string KeySetting = "kafkabridge.mark_key";

    /// <summary>
    /// A function of the position row's new values, of the two that it had, and of the commit time that the transaction
    /// was given (null: its own). Settings name the session's origin and the node's key.
    /// </summary>
    public static readonly string CreateFunction = string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        CREATE OR REPLACE FUNCTION kafkabridge.mark_applied(
          writer integer, epoch integer, lsn pg_lsn, tick bigint, after_epoch integer, after_lsn pg_lsn, commit_time timestamptz)
        RETURNS void LANGUAGE plpgsql AS $kafkabridge$
        BEGIN
          IF pg_catalog.current_setting('server_version_num')::integer < {{Since}}0000 THEN
            RETURN;
          END IF;
          PERFORM pg_catalog.pg_replication_origin_session_reset();
          PERFORM pg_catalog.pg_logical_emit_message(false, '{{Prefix}}', pg_catalog.concat_ws(
            ' ', pg_catalog.current_setting('{{KeySetting}}'), pg_catalog.pg_current_xact_id(),
            writer, epoch, lsn, tick, after_epoch, after_lsn));
          PERFORM pg_catalog.pg_replication_origin_session_setup(pg_catalog.current_setting('{{ReplicationOrigin.Setting}}'));
          IF commit_time IS NOT NULL THEN
            PERFORM pg_catalog.pg_replication_origin_xact_setup(lsn, commit_time);
          END IF;
        END
        $kafkabridge$;
        """);

    /// <param name="key">Of this node.</param>
    /// <returns>Null for what anybody else wrote.</returns>
    /// <exception cref="FormatException">Not what the function writes.</exception>
    public static AppliedMark? Parse(string content, string? key, Lsn at) =>
        key is null || !content.StartsWith(key + " ", StringComparison.Ordinal) ? null
        : content.Split(' ') is [_, var xid, var writer, var epoch, var lsn, var tick, var afterEpoch, var afterLsn]
            ? new AppliedMark(
                ulong.Parse(xid, CultureInfo.InvariantCulture),
                new Knowledge(Number(writer), Place(epoch, lsn), long.Parse(tick, CultureInfo.InvariantCulture)),
                Place(afterEpoch, afterLsn), at)
            : throw new FormatException($"A message {Prefix} at {at} doesn't hold the seven values of a mark.");

    static TransactionPosition Place(string epoch, string lsn) => new(Number(epoch), Lsn.Parse(lsn));

    static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
