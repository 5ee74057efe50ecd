using KafkaBridge.Changes;
using KafkaBridge.Changes.Membership;

namespace KafkaBridge.SimulationTests.Model;

/// <summary>Who is a node: nodes join by the real <see cref="Admission"/>, leave, are lost, and go back to backups.</summary>
sealed class ModelCluster(
    History history, ModelServer[] servers, ModelCapture[] captures, ModelApplier[] appliers, ModelMembers members, Mutant mutant)
{
    enum Standing { Absent, Joining, Member, Gone }

    readonly Standing[] standing =
        [.. Enumerable.Range(0, history.Nodes).Select(node => node < history.Nodes - history.Joiners ? Standing.Member : Standing.Absent)];

    /// <summary>What went wrong inside; null: nothing.</summary>
    public string? Fault { get; private set; }

    /// <summary>Every transaction was published, by nodes that are there.</summary>
    public bool IsWhole => standing.All(one => one is Standing.Member or Standing.Absent);

    /// <summary>It has a database that must be like the others' when everything has arrived.</summary>
    public bool IsComplete(int node) =>
        standing[node] == Standing.Member || (IsPart(node) && appliers[node].Admission?.IsWhole == true);

    /// <summary>It has a database.</summary>
    public bool IsPart(int node) => standing[node] == Standing.Member || (standing[node] == Standing.Joining && !IsVoid(node));

    /// <summary>Whether the node is not there for it: one that joins has no users yet, of one that is gone a zombie may be left.</summary>
    public bool Ignores(in SimulatedEvent happening) => (standing[happening.Node], happening.Kind) switch
    {
        (_, EventKind.TimePasses or EventKind.ClockSteps or EventKind.Join) or (Standing.Member, _) => false,
        (Standing.Gone, var kind) => kind is not (EventKind.Commit or EventKind.Capture),
        (Standing.Joining, var kind) => kind is EventKind.Commit or EventKind.Stall or EventKind.BackUp or EventKind.FailOver
            or EventKind.Restore or EventKind.Leave or EventKind.Lose,
        _ => true,
    };

    public void Join(int node, int source, bool byBytes)
    {
        if (standing[source] != Standing.Member || node == source
            || !(standing[node] == Standing.Absent || (standing[node] == Standing.Joining && IsVoid(node))))
        {
            return;
        }

        standing[node] = Standing.Joining;
        servers[source].Flush(); // as the slot does from which the snapshot comes
        var copy = new NodeCopy(
            source, new TransactionPosition(servers[source].Epoch, ModelServer.LsnOf(servers[source].Wal.Count - 1)),
            servers[source].Data.Horizon);
        var copying = new ModelCopy(servers[source], appliers[source].Table, mutant);
        if (byBytes)
        {
            copying.LoadBytes(servers[node]);
        }
        else
        {
            copying.LoadRows(servers[node], copy, history);
        }

        if (mutant == Mutant.PositionsFromLater)
        {
            while (Enumerable.Range(0, history.Nodes).Any(appliers[source].Deliver))
            {
            }

            servers[source].Data.Positions.CopyTo(servers[node].Data.Positions, 0);
            servers[node].Flush();
        }

        Announce(node, copy);
    }

    public void ReadNodes(int node)
    {
        appliers[node].ReadNodes();
        captures[node].MembersRead = members.ReadBy(node);
    }

    /// <summary>Users may write, if it is time.</summary>
    public void Admit(int node)
    {
        if (standing[node] != Standing.Joining || appliers[node].Admission is not { } admission)
        {
            return;
        }

        var first = mutant == Mutant.CountingNotAwaited && admission.IsWhole
            ? captures.Max(capture => capture.Spine is [.., var end] ? end.Watermark : 0)
            : admission.FirstWatermark(AppliedOn(node));
        if (first is { } watermark)
        {
            servers[node].Flush(); // and the record names it: what went into admission must not be lost to it again
            captures[node].Decode(int.MaxValue);
            captures[node].Admit(mutant == Mutant.FirstPromiseLeftOut ? 0 : watermark);
            standing[node] = Standing.Member;
        }
    }

    /// <summary>A node that leaves publishes all that it has; of one that is lost what it published is all.</summary>
    public void Remove(int node, bool isLost)
    {
        if (standing.Count(one => one == Standing.Member) < 2)
        {
            return;
        }

        if (!isLost)
        {
            servers[node].Flush();
            captures[node].Decode(int.MaxValue);
        }

        captures[node].End();
        standing[node] = Standing.Gone;
    }

    public void Restore(int node, int which)
    {
        var published = captures[node].Spine.Select(entry => entry.Transaction?.Position).OfType<TransactionPosition>().ToList();
        var isRefusable = mutant != Mutant.UnpublishedComesLate;
        if (servers[node].Restore(which, inLine: mutant == Mutant.RestoredInLine, isRefusable ? published : null))
        {
            captures[node].Restore();
            appliers[node].RestartAfterCrash();
            appliers[node].ReadOwnTail();
            servers[node].Flush();
        }
    }

    /// <summary>Whoever is joining becomes a member; a copy that can't be used is made again.</summary>
    public void Finish(Action drain)
    {
        for (var round = 0; round < 4 && standing.Contains(Standing.Joining); round++)
        {
            for (var node = 0; node < history.Nodes; node++)
            {
                if (standing[node] == Standing.Joining && IsVoid(node))
                {
                    Join(node, Array.IndexOf(standing, Standing.Member), byBytes: false);
                }
            }

            for (var node = 0; node < history.Nodes; node++)
            {
                if (standing[node] is Standing.Member or Standing.Joining)
                {
                    ReadNodes(node);
                    Promise(node);
                }
            }

            drain();
            for (var node = 0; node < history.Nodes; node++)
            {
                Admit(node);
            }
        }

        Fault ??= standing.Contains(Standing.Joining) ? "a node that joins waits for ever" : null;
    }

    /// <summary>What is decoded now is promised twice: the first may have been due before.</summary>
    public void Promise(int node)
    {
        captures[node].Decode(int.MaxValue);
        captures[node].Heartbeat();
        captures[node].Decode(int.MaxValue);
        captures[node].Heartbeat();
    }

    void Announce(int node, NodeCopy copy)
    {
        var others = members.All.Where(other => other != node).ToList();
        var announced = members.Announce(node);
        appliers[node].ReadNodes();
        captures[node].MembersRead = members.ReadBy(node);
        captures[node].Begin(
        [
            .. servers[node].Data.Positions.Select((position, of) => new Knowledge(of, position.Position, position.Tick))
                .Where(known => known.Position != default && known.Node != node),
        ]);
        appliers[node].Begin(copy, new Admission(copy, announced, others));
    }

    Func<int, TransactionPosition> AppliedOn(int node) => mutant is Mutant.JoinerWritesBehind or Mutant.FirstPromiseLeftOut
        ? _ => new TransactionPosition(int.MaxValue, Lsn.Invalid)
        : of => servers[node].Data.Positions[of].Position;

    bool IsVoid(int node) => appliers[node].Admission?.IsVoid == true;
}
