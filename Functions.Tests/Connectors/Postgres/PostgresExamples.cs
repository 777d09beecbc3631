using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Postgres;

internal sealed class PostgresExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => ConnectorList.All.Find("postgres")!;

    public override string ExternalId => "crm.lapsed_loyal";

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings =>
    [
        [("host", "db.example.com"), ("database", "warehouse"), ("user", "audience_sync"), ("password", $"{SecretMark}-of-the-role")],
        [("host", "203.0.113.7"), ("port", "6432"), ("database", "warehouse"), ("user", "audience_sync"), ("password", $"{SecretMark}-of-the-role"), ("sslMode", "verify-full"), ("removals", "mark")],
    ];
}
