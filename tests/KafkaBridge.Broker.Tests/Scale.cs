using System.Globalization;

namespace KafkaBridge.Broker.Tests;

/// <summary>How large a campaign makes what the tests run small: KAFKABRIDGE_TEST_&lt;name&gt;, else the given number.</summary>
static class Scale
{
    public static int Of(string name, int small) =>
        Environment.GetEnvironmentVariable("KAFKABRIDGE_TEST_" + name) is { Length: > 0 } given
            ? int.Parse(given, CultureInfo.InvariantCulture)
            : small;
}
