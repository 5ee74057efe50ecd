using KafkaBridge.Capture.PgOutput;
using KafkaBridge.TestKit;

namespace KafkaBridge.Capture.Tests;

/// <summary>
/// A server's bytes are believed in nothing: a damaged message is refused with the parser's own exception, or is
/// another message.
/// </summary>
public sealed class DamagedMessages
{
    [Theory]
    [MemberData(nameof(PgOutputReaderTests.Messages), MemberType = typeof(PgOutputReaderTests))]
    public void A_damaged_message_is_refused_or_read_and_nothing_else(string name, byte[] message)
    {
        Assert.NotEmpty(name);
        Mutation.Try<ProtocolException>(message, bytes => new PgOutputReader().Read(bytes), attempts: 3_000);
    }

    [Fact]
    public void Inside_a_stream_too()
    {
        var start = new PgOutputBytes('S').Int32(9).Byte(1).ToArray();
        var message = new PgOutputBytes('U').Int32(9).Int32(7).Byte('O').Tuple("1", "a").Byte('N').Tuple("1", "~").ToArray();
        Mutation.Try<ProtocolException>(message, bytes =>
        {
            var reader = new PgOutputReader();
            reader.Read(start);
            reader.Read(bytes);
        });
    }
}
