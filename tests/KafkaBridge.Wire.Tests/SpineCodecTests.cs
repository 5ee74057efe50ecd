using System.Buffers;
using System.Text.Json;
using KafkaBridge.Changes;
using KafkaBridge.TestKit;

namespace KafkaBridge.Wire.Tests;

public class SpineCodecTests
{
    internal static readonly SpineRecord Record = new()
    {
        Kind = SpineKind.Transactions,
        Node = 2,
        Session = 7,
        Epoch = 1,
        ConfigVersion = 3,
        DecodedLsn = new Lsn(ulong.MaxValue),
        Watermark = 1_700_000_000_000,
        Transactions =
        [
            new SpineTransaction
            {
                CommitLsn = new Lsn(0x16_B374_D848),
                Xid = uint.MaxValue,
                CommitTime = -1,
                VersionTick = 1_700_000_000_001,
                SelfApply = true,
                Rewrites = true,
                RecordCount = 3,
                Extents = [new SpineExtent(Tables.Topic, 2, 10, 12, 2), new SpineExtent("shop.chunks", 2, 0, 0, 1)],
                Vector = [new Knowledge(0, new TransactionPosition(4, new Lsn(99)), 1), new Knowledge(1, default, 0)],
            },
            new SpineTransaction
            {
                CommitLsn = new Lsn(0x16_B374_D900),
                Xid = 0,
                CommitTime = long.MaxValue,
                VersionTick = 0,
                SelfApply = false,
                RecordCount = 0,
                Extents = [],
                Vector = [],
            },
        ],
        Applied = [new Knowledge(0, new TransactionPosition(4, new Lsn(100)), 2)],
    };

    [Fact]
    public void A_record_comes_back()
    {
        Assert.Equal(Text(Record), Text(SpineCodec.Decode(Encode(Record))));
        var heartbeat = Record with { Kind = SpineKind.Heartbeat, Transactions = [] };
        Assert.Equal(Text(heartbeat), Text(SpineCodec.Decode(Encode(heartbeat))));
    }

    [Fact]
    public void What_transactions_say_alike_is_kept_once_and_what_differs_is_not_taken_for_it()
    {
        Knowledge one = new(0, new TransactionPosition(4, new Lsn(99)), 1), other = new(1, new TransactionPosition(4, new Lsn(99)), 1);
        (string Topic, Knowledge[] Vector)[] said =
        [
            ("shop.a", [one]), ("shop.a", [one]), ("shop.ab", [one, other]), ("shop.a", []), ("shop.a", [one]), ("shop.a", [other]),
        ];
        var record = Record with
        {
            Transactions =
            [
                .. said.Select((it, i) => Record.Transactions[0] with
                {
                    CommitLsn = new Lsn((ulong)i), Extents = [new SpineExtent(it.Topic, 2, i, i, 1)], Vector = it.Vector,
                }),
            ],
        };
        var decoded = SpineCodec.Decode(Encode(record));
        Assert.Equal(Text(record), Text(decoded));
        Assert.Same(decoded.Transactions[0].Vector, decoded.Transactions[1].Vector);
        Assert.Same(decoded.Transactions[0].Extents[0].Topic, decoded.Transactions[1].Extents[0].Topic);
    }

    [Fact]
    public void Every_cut_and_every_added_byte_is_refused()
    {
        var bytes = Encode(Record);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<WireException>(() => SpineCodec.Decode(bytes.AsSpan(0, length)));
        }

        Assert.Throws<WireException>(() => SpineCodec.Decode([.. bytes, 0]));
    }

    [Fact]
    public void Damage_is_refused_or_read_and_nothing_else() =>
        Mutation.Try<WireException>(Encode(Record), bytes => SpineCodec.Decode(bytes), attempts: 20_000);

    [Fact]
    public void Records_of_formats_before_are_read()
    {
        var known = Record.Transactions[0];
        var record = Record with { Transactions = [known with { Rewrites = false }] };
        var (bytes, rewriting) = (Encode(record), Encode(Record with { Transactions = [known] }));
        var place = bytes.Zip(rewriting).TakeWhile(pair => pair.First == pair.Second).Count();
        byte[] second = [.. bytes[..place], .. bytes[(place + 1)..]];
        second[RegistryFraming.Length] = 4; // zigzag: 2
        Assert.Equal(Text(record), Text(SpineCodec.Decode(second)));
        var first = Encode(Record with { Transactions = [], Applied = [] })[..^1];
        first[RegistryFraming.Length] = 2; // zigzag: 1
        Assert.Equal(Text(Record with { Transactions = [], Applied = null }), Text(SpineCodec.Decode(first)));
    }

    [Fact]
    public void A_newer_format_says_what_to_install()
    {
        var bytes = Encode(Record);
        bytes[RegistryFraming.Length] = 8;
        Assert.Contains("install", Assert.Throws<WireException>(() => SpineCodec.Decode(bytes)).Message, StringComparison.Ordinal);
    }

    internal static byte[] Encode(SpineRecord record)
    {
        var output = new ArrayBufferWriter<byte>();
        SpineCodec.Encode(record, 5, output);
        return output.WrittenSpan.ToArray();
    }

    internal static string Text(SpineRecord record) => JsonSerializer.Serialize(record);
}
