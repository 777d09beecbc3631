using System.Text.RegularExpressions;
using AudienceSync.Fakes;
using AudienceSync.Segments;

namespace AudienceSync.Campaigns;

/// <summary>The query of <c>docs/campaigns.md</c>, on a real PostgreSQL, puts everyone into the bucket that the engine does.</summary>
public sealed class CampaignSqlTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [PostgresFact]
    public async Task Query_OfThePage_GivesTheBuckets()
    {
        string[] ids = [.. CampaignDocsTests.Vector.Select(row => (string)row[0]), .. Enumerable.Range(0, 1_000).Select(CampaignProfiles.Id)];
        var query = Regex.Match(Repository.Read("docs", "campaigns.md"), "```sql\n(.*?);.*?```", RegexOptions.Singleline).Groups[1].Value;
        await postgres.ExecuteAsync($"CREATE TABLE customers (id text); INSERT INTO customers VALUES {string.Join(',', ids.Select(id => $"('{id}')"))}");

        var rows = await postgres.QueryAsync(query);

        rows.ShouldBe(ids.Select(id => $"{id}|{Buckets.Of("spring", id)}"), ignoreOrder: true);
    }
}
