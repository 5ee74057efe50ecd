namespace KafkaBridge.SimulationTests.Model;

/// <summary>The log of the cluster's nodes, in which nodes that join are announced; and how far each node has read it.</summary>
sealed class ModelMembers(int first, int nodes)
{
    readonly List<int> announced = [];
    readonly int[] read = new int[nodes];

    public IEnumerable<int> First => Enumerable.Range(0, first);

    public IEnumerable<int> All => First.Concat(announced).Distinct();

    /// <returns>Where the announcement stands.</returns>
    public int Announce(int node)
    {
        announced.Add(node);
        return announced.Count - 1;
    }

    /// <summary>Reads to the end: what is new.</summary>
    public List<int> Read(int node)
    {
        var news = announced[read[node]..];
        read[node] = announced.Count;
        return news;
    }

    public int ReadBy(int node) => read[node];

    public bool Knows(int node, int origin) => origin < first || announced.Take(read[node]).Contains(origin);
}
