using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Meta;

internal sealed class MetaExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => MetaCustomAudiences.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings =>
    [
        [("adAccountId", "act_123"), ("accessToken", "s3cret-access-token")],
        [("adAccountId", "123"), ("accessToken", "s3cret-access-token"), ("appSecret", "s3cret-of-the-app"), ("defaultCountry", "DE")],
    ];

    public override Row Member(int number)
    {
        var row = base.Member(number);
        (string Field, string Value)[] person =
            [("DOBY", "1990"), ("DOBM", "May"), ("DOBD", "17"), ("GEN", "f"), ("CT", "Berlin"), ("ST", "Berlin"), ("ZIP", "10115"), ("COUNTRY", "DE")];
        foreach (var (field, value) in person)
        {
            row[field] = Cell.Of(value);
        }

        return row;
    }

    public override HttpResponseMessage Answer(SentRequest request) => ScriptedOutbound.Answer(
        200,
        request.Url.AbsolutePath.EndsWith("/users", StringComparison.Ordinal)
            ? """{"audience_id":"1","session_id":"2","num_received":1,"num_invalid_entries":0,"invalid_entry_samples":{}}"""
            : """{"id":"6001","data":[{"id":"act_123","name":"Main"}]}""")(request);
}
