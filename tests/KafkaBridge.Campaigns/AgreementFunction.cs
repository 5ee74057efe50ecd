using System.Diagnostics;
using KafkaBridge.Changes.Conflicts;
using KafkaBridge.SimulationTests.Model;

namespace KafkaBridge.Campaigns;

/// <summary>One function in two languages: it decides by rows, times and nodes, and the order of its arguments matters to it.</summary>
static class AgreementFunction
{
    public const string Name = "decide";

    public const string Sql =
        """
        CREATE FUNCTION public.decide(present public.f, present_at timestamptz, present_node text,
          next public.f, next_at timestamptz, next_node text) RETURNS public.f LANGUAGE plpgsql IMMUTABLE AS $$
        BEGIN
          IF next IS NULL THEN
            RETURN CASE WHEN next_node = 'n0' THEN NULL ELSE present END;
          ELSIF present IS NULL THEN
            RETURN CASE WHEN kafkabridge.tick(present_at) % 2 = 0 THEN NULL ELSE next END;
          ELSIF present_node = 'n2' AND next_node = 'n0' THEN
            RETURN NULL;
          END IF;
          RETURN ROW(present.id, (present.w * 31 + next.w) % 10007, next.l, greatest(present.d, next.d), present.mx, next.mn, present.s,
            left(present.t || '/' || next.t, 40), next.j)::public.f;
        END $$
        """;

    public static string Node(int number) => ModelColumns.Text(number).Insert(0, "n");

    public static string[]? Decide(RowQuestion<string> question) => question switch
    {
        { PresentVersion.Writer: 2, NextVersion.Writer: 0, Present: not null, Next: not null } => null,
        { Present: { } present, Next: { } next } =>
        [
            present[0], ModelColumns.Text(((ModelColumns.Number(present[1]) * 31) + ModelColumns.Number(next[1])) % 10007), next[2],
            ModelColumns.Text(Math.Max(ModelColumns.Number(present[3]), ModelColumns.Number(next[3]))), present[4], next[5], present[6],
            $"{present[7]}/{next[7]}" is var both && both.Length > 40 ? both[..40] : both, next[8],
        ],
        { Present: { } present } => question.NextVersion.Writer == 0 ? null : present,
        { Next: { } next } => question.PresentVersion.Tick % 2 == 0 ? null : next,
        _ => throw new UnreachableException("asked about two deletes"),
    };
}
