using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors;

internal sealed class SegmentEventsExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => SegmentEvents.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings =>
    [
        [("writeKey", "s3cret-key")],
        [("writeKey", "s3cret-key"), ("region", "custom"), ("endpoint", "https://acme.dataplane.example/v1"), ("writeKeyIn", "body"), ("eventStyle", "identify")],
    ];
}
