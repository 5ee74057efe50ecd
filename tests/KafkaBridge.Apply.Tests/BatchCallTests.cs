using KafkaBridge.Apply.Applying;
using KafkaBridge.Changes;

namespace KafkaBridge.Apply.Tests;

/// <summary>A CALL that is made ready while those before it are applied is the one that would be made afterwards.</summary>
public sealed class BatchCallTests
{
    const int Width = 3;
    const int Tables = 3;
    const int Keys = 5;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void What_is_made_ahead_is_what_would_be_made_once_the_first_are_gone(int seed)
    {
        var random = new Random(seed);
        var batch = new Batch(Width);
        var count = random.Next(4, 40);
        for (var i = 0; i < count; i++)
        {
            Begin(batch, i, random);
            batch.End();
        }

        Begin(batch, count, random); // one more is still coming
        var first = random.Next(1, count);

        var ahead = new BatchCall(batch, first);
        var entries = batch.Whole.Skip(first).ToList();
        batch.RemoveFirst(first);
        var afterwards = new BatchCall(batch, 0);
        long[] knownAt = [.. Enumerable.Range(0, entries.Count * Width)];

        Assert.Equal(afterwards.Parameters(knownAt).Select(one => one.Value), ahead.Parameters(knownAt).Select(one => one.Value));
        Assert.Equal(entries.Select(entry => entry.Transaction), ahead.Transactions);
        Assert.Equal(entries[^1].Record.Epoch, ahead.Epoch);
        for (var place = 0; place < Tables * Keys; place++)
        {
            var one = new WriteSet();
            one.AddRow(1 + (place / Keys), place % Keys);
            Assert.Equal(afterwards.Writes.Overlaps(one), ahead.Writes.Overlaps(one));
        }
    }

    [Fact]
    public void Each_transaction_ends_at_its_own_last_change()
    {
        var batch = new Batch(Width);
        foreach (var (i, changes) in new[] { 2, 0, 3, 1 }.Index())
        {
            Begin(batch, i, new Random(i), changes);
            batch.End();
        }

        var values = new BatchCall(batch, 1).Parameters([]).Select(one => one.Value).ToList();

        Assert.Equal((int[])[0, 3, 4], values[3]);
        Assert.Equal((string[])["0/2", "0/3", "0/4"], values[4]);
        Assert.Equal(3 * Width, ((long[])values[7]).Length);
        Assert.Equal((int[])[2, 2, 2, 3], ((int[])values[10]).Order());
    }

    static void Begin(Batch batch, int place, Random random, int? changes = null)
    {
        var transaction = new SpineTransaction
        {
            CommitLsn = new Lsn((ulong)place + 1),
            Xid = (uint)(700 + place),
            CommitTime = 1_000_000 + place,
            VersionTick = 1 + (place / 3),
            SelfApply = false,
            RecordCount = 0,
            Extents = [],
            Vector = [new Knowledge(random.Next(Width), new TransactionPosition(1, new Lsn(9)), random.Next(100))],
        };
        var record = new SpineRecord
        {
            Kind = SpineKind.Transactions, Node = 1, Session = 1, Epoch = 4, ConfigVersion = 1, DecodedLsn = transaction.CommitLsn,
            Watermark = 0, Transactions = [transaction], Applied = null,
        };
        batch.Begin(new Batch.Entry(record, transaction, 100 + place, 0));
        for (var i = changes ?? random.Next(4); i > 0; i--)
        {
            var key = random.Next(Keys);
            batch.Add(new TargetChange(
                1 + random.Next(Tables), random.Next(2) == 0 ? 'u' : 'c', [(byte)place, (byte)i], random.Next(9) == 0 ? "{a}" : null, i, 2,
                random.Next(9) == 0 ? null : key)
            {
                Sharing = random.Next(9) == 0 ? Sharing.Alone : Sharing.OtherRows,
            });
        }
    }
}
