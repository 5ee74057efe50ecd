using System.Net;

namespace KafkaBridge.IntegrationTests;

/// <summary>One answer of /health/ready.</summary>
sealed record BridgeHealth(HttpStatusCode Status, string Text)
{
    public static async Task<BridgeHealth> OfAsync(int port)
    {
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/health/ready"));
        return new BridgeHealth(answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public bool Has(HttpStatusCode status, string sentence) => Status == status && Text.Contains(sentence, StringComparison.Ordinal);
}
