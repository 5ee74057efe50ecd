using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using KafkaBridge.Capture.PgOutput;
using KafkaBridge.Changes;
using KafkaBridge.Postgres;

namespace KafkaBridge.Capture.Reading;

/// <summary>
/// Turns messages into numbered changes. The ordinal of a change is twice its index among all changes of its WAL
/// transaction, before any filter; the odd one after it is for the second half of a key change. A transaction that the
/// bridge applied (its origin is one of ours) has no changes here, only what it says was applied.
/// </summary>
sealed class TransactionFramer(Func<uint, Relation> relations)
{
    readonly List<Change> changes = [];
    readonly List<Knowledge> applied = [];
    Lsn lastCommit;
    uint position; // oid of kafkabridge.position
    int index;

    /// <summary>The open transaction, or null between two.</summary>
    public BeginMessage? Open { get; private set; }

    /// <summary>The open transaction was applied here by a bridge.</summary>
    public bool IsApplied { get; private set; }

    /// <summary>The open or just committed transaction, of a user, rewrote a table.</summary>
    public bool Rewrites { get; private set; }

    /// <summary>What the open or just committed transaction says was applied of each writer.</summary>
    public IReadOnlyList<Knowledge> Applied => applied;

    /// <summary>
    /// A row that a bridge applied here, other than its position's: nothing is published of it, so nobody need read it.
    /// These are most of what a node sees that takes the others' load.
    /// </summary>
    public bool Passes(ReadOnlySpan<byte> message) =>
        IsApplied && Open is not null && message.Length > 5 && message[0] is (byte)'I' or (byte)'U' or (byte)'D'
        && BinaryPrimitives.ReadUInt32BigEndian(message[1..]) != position;

    /// <returns>The message's changes, valid until the next call; a TRUNCATE is one for each table.</returns>
    /// <exception cref="ProtocolException">A message that can't come here.</exception>
    public IReadOnlyList<Change> Accept(PgOutputMessage message)
    {
        changes.Clear();
        switch (message)
        {
            case BeginMessage begin:
                Begin(begin);
                break;
            case OriginMessage origin:
                RequireOpen(message);
                IsApplied = origin.Name.StartsWith(ReplicationOrigin.Prefix, StringComparison.Ordinal);
                break;
            case CommitMessage commit:
                Commit(commit);
                break;
            case RelationMessage relation:
                position = relation.Name == Publication.Position ? relation.Oid : position;
                break;
            case TypeMessage or LogicalMessage:
                break;
            case InsertMessage insert:
                Insert(insert);
                break;
            case UpdateMessage update:
                Update(update);
                break;
            case DeleteMessage delete:
                Add(new Delete(Next())
                {
                    Relation = Of(delete, delete.Relation, delete.Old), Old = delete.Old, OldIsKeyOnly = delete.OldIsKeyOnly,
                });
                break;
            case TruncateMessage truncate:
                RequireOpen(message);
                foreach (var relation in truncate.Relations)
                {
                    Add(new Truncate(Next()) { Relation = relations(relation), RestartIdentity = truncate.RestartIdentity });
                }

                break;
            default:
                throw new ProtocolException($"The server sent {message.GetType().Name}, which was not asked for.");
        }

        return changes;
    }

    void Begin(BeginMessage begin)
    {
        if (Open is { } open)
        {
            throw new ProtocolException($"The transaction of {begin.CommitLsn} begins inside that of {open.CommitLsn}.");
        }

        if (begin.CommitLsn <= lastCommit)
        {
            throw new ProtocolException($"The transaction of {begin.CommitLsn} comes after that of {lastCommit}: not in commit order.");
        }

        Open = begin;
        (IsApplied, Rewrites) = (false, false);
        index = 0;
        applied.Clear();
    }

    void Commit(CommitMessage commit)
    {
        RequireOpen(commit);
        if (commit.CommitLsn != Open!.CommitLsn || commit.EndLsn <= commit.CommitLsn)
        {
            throw new ProtocolException($"The transaction of {Open.CommitLsn} commits at {commit.CommitLsn}, up to {commit.EndLsn}.");
        }

        lastCommit = commit.CommitLsn;
        Open = null;
    }

    void Insert(InsertMessage insert)
    {
        var relation = Of(insert, insert.Relation, insert.New);
        NoteApplied(relation, insert.New);
        Add(new Insert(Next()) { Relation = relation, New = insert.New });
    }

    void Update(UpdateMessage update)
    {
        var relation = Of(update, update.Relation, update.New);
        NoteApplied(relation, update.New);
        Add(new Update(Next()) { Relation = relation, New = update.New, Old = update.Old, OldIsKeyOnly = update.OldIsKeyOnly });
    }

    void Add(Change change)
    {
        if (!IsApplied && change.Relation.Name == Publication.Rewrite)
        {
            Rewrites = true;
        }
        else if (!IsApplied && change.Relation.Name != Publication.Position)
        {
            changes.Add(change);
        }
    }

    int Next() => checked(2 * index++);

    Relation Of(PgOutputMessage message, uint oid, ColumnValue[] row)
    {
        RequireOpen(message);
        var relation = relations(oid);
        return row.Length == relation.Columns.Count
            ? relation
            : throw new ProtocolException(string.Create(
                CultureInfo.InvariantCulture,
                $"A row of {relation.Name} has {row.Length} columns, its relation {relation.Columns.Count}."));
    }

    void RequireOpen(PgOutputMessage message)
    {
        if (Open is null)
        {
            throw new ProtocolException($"The server sent {message.GetType().Name} outside a transaction.");
        }
    }

    void NoteApplied(Relation relation, ColumnValue[] row)
    {
        if (!IsApplied || relation.Name != Publication.Position)
        {
            return;
        }

        applied.Add(new Knowledge(
            int.Parse(Field(relation, row, "writer"), CultureInfo.InvariantCulture),
            new TransactionPosition(
                int.Parse(Field(relation, row, "epoch"), CultureInfo.InvariantCulture), Lsn.Parse(Field(relation, row, "commit_lsn"))),
            long.Parse(Field(relation, row, "tick"), CultureInfo.InvariantCulture)));
    }

    static string Field(Relation relation, ColumnValue[] row, string name)
    {
        for (var i = 0; i < row.Length; i++)
        {
            if (relation.Columns[i].Name == name && row[i].Kind == ColumnValueKind.Text)
            {
                return Encoding.ASCII.GetString(row[i].Text.Span);
            }
        }

        throw new ProtocolException($"A row of {relation.Name} has no {name}: the bridge's schema is another version's.");
    }
}
