namespace KafkaBridge.SimulationTests.Model;

/// <summary>A row's values in the two secondary unique columns; 0 is null, which claims nothing.</summary>
readonly record struct Claims(int First, int Second)
{
    public bool Any => First != 0 || Second != 0;

    public bool Collide(Claims other) => (First != 0 && First == other.First) || (Second != 0 && Second == other.Second);

    /// <summary>Whether any value goes when the row has those instead.</summary>
    public bool Release(Claims instead) => (First != 0 && First != instead.First) || (Second != 0 && Second != instead.Second);
}
