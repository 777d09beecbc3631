using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace AudienceSync.Connectors.Kit;

/// <summary>A connector as the catalogue shows it.</summary>
internal static class ConnectorCard
{
    public static JsonObject Of(ConnectorDefinition connector) => new()
    {
        ["type"] = connector.Type,
        ["displayName"] = connector.DisplayName,
        ["summary"] = connector.Summary,
        ["docsUrl"] = connector.DocsUrl.AbsoluteUri,
        ["transport"] = connector.Transport ?? "https",
        ["rowAnswers"] = connector.RowAnswers,
        ["notes"] = new JsonArray([.. connector.Notes.Select(note => (JsonNode)note)]),
        ["sources"] = new JsonArray([.. connector.Sources.Select(source => new JsonObject { ["title"] = source.Title, ["url"] = source.Url, ["read"] = source.Read })]),
        ["settings"] = SettingsSchema.OfSettings(connector),
        ["secrets"] = SettingsSchema.OfSecrets(connector),
        ["capabilities"] = Of(connector.Capabilities, connector),
        ["fields"] = Of(connector.Fields),
        ["mapping"] = MappingSchema.Of(connector.Fields),
        ["defaultMapping"] = new JsonArray([.. connector.DefaultMapping.Select(entry => new JsonObject
        {
            ["from"] = entry.From,
            ["to"] = entry.To,
            ["identifier"] = entry.IsIdentifier,
        })]),
    };

    private static JsonObject Of(Capabilities card, ConnectorDefinition connector) => new()
    {
        ["forms"] = Names(card.Forms),
        ["operations"] = Names(card.Operations),
        ["removes"] = card.Operations.Contains(DeliveryOperation.Remove),
        ["upserts"] = card.Operations.Contains(DeliveryOperation.Update),
        ["rowsPerBatch"] = card.RowsPerBatch,
        ["removalsPerBatch"] = Limit(card.RemovalsPerBatch),
        ["maxBodyBytes"] = Limit(card.MaxBodyBytes),
        ["concurrentCalls"] = card.ConcurrentCalls,
        ["callsPerSecond"] = card.CallsPerSecond > 0 ? card.CallsPerSecond : null,
        ["callsPerDay"] = Limit(card.CallsPerDay),
        ["mixesOperations"] = card.MixesOperations,
        ["fullFiles"] = card.FullFiles,
        ["oneCallPerAudience"] = card.OneCallPerAudience,
        ["jobs"] = !connector.PollJob.IsEmpty,
        ["createsAudience"] = connector.CanCreateAudience,
        ["findsAudience"] = connector.CanFindAudience,
        ["answersQueries"] = connector.AnswersQueries,
        ["listsObjects"] = connector.ListsObjects,
        ["unmentionedRow"] = Name(card.UnmentionedRow),
        ["dedupeId"] = card.DedupeId,
    };

    private static JsonObject Of(FieldRules rules) => new()
    {
        ["need"] = Name(rules.Need),
        ["identifiers"] = new JsonArray([.. rules.Identifiers.Select(rule => new JsonObject
        {
            ["name"] = rule.Field,
            ["from"] = rule.Source.Name,
            ["normalization"] = new JsonArray([.. rule.Normalization.Select(step => (JsonNode)step.Name)]),
        })]),
        ["known"] = new JsonArray([.. rules.Known.Select(name => (JsonNode)name)]),
        ["onlyKnown"] = rules.OnlyKnown,
        ["namePattern"] = rules.NamePattern,
        ["nameHint"] = rules.NameHint,
        ["required"] = new JsonArray([.. rules.Required.Select(name => (JsonNode)name)]),
        ["typed"] = new JsonArray([.. rules.Typed.Select(field => new JsonObject { ["name"] = field.Name, ["type"] = Name(field.Type) })]),
    };

    private static JsonNode? Limit(int value) => value > 0 ? value : null;

    private static JsonArray Names<T>(IEnumerable<T> values)
        where T : struct, Enum => new([.. values.Select(value => (JsonNode)Name(value))]);

    private static string Name<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}

[JsonSerializable(typeof(JsonObject))]
internal sealed partial class CatalogJson : JsonSerializerContext;
