namespace KafkaBridge.SimulationTests.Model;

/// <summary>What is done where the server loses commit times: the mark, and own transactions that note their versions first.</summary>
partial class ModelApplier
{
    (uint Xid, long Tick)? nextMark;

    /// <summary>Keys of which a person has to say which write is later.</summary>
    public SortedSet<int> Undecided { get; } = [];

    /// <summary>The server starts again, and keeps no commit times from then on.</summary>
    /// <param name="isPositionWritten">How far this node has read its own log is.</param>
    public void LoseTimes(bool isPositionWritten)
    {
        var read = captures[number].Spine.Take(cursors[number]).LastOrDefault(entry => entry.Transaction is not null)?.Transaction;
        if (isPositionWritten && read is not null && read.Position > server.Data.Positions[number].Position)
        {
            server.Data.Positions[number] = PositionAfter(read);
            server.CommitApplied(server.TakeXid(), server.Clock, number);
        }

        server.LoseTimes();
        RestartAfterCrash();
    }

    /// <summary>Of what has ended by now, once all of it is applied here and the horizon has passed it.</summary>
    void MoveMark()
    {
        if (nextMark is null && IsOwnLogApplied(server.WalEnd))
        {
            nextMark = (server.NextXid, Greatest());
        }

        if (nextMark is { } mark && mark.Tick <= server.Data.Horizon)
        {
            (server.Data.Mark, server.Data.Lost, nextMark) = (mark.Xid, null, null);
        }
    }

    /// <summary>Of all that is applied here, this node's own included.</summary>
    long Greatest() => Math.Max(
        server.Data.Positions.Max(position => position.Tick),
        captures[number].Spine.Take(cursors[number]).Max(entry => entry.Transaction?.Tick) ?? 0);

    /// <summary>Own transactions of before a loss have still to note their versions.</summary>
    bool NotesVersions()
    {
        if (server.Data.Lost is not { Before: { } before } lost)
        {
            return false;
        }

        if (!IsOwnLogApplied(before) && mutant != Mutant.LostNotAwaited)
        {
            return true;
        }

        server.Data.Lost = lost with { Before = null, Late = Math.Max(lost.Early, Greatest()) };
        return false;
    }

    bool IsBeforeLoss(PublishedTransaction own) => own.CommitLsn < server.Data.Lost?.Before;
}
