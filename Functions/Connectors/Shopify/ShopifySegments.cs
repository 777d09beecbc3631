using System.Text.Json;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Shopify;

/// <summary>The tag of an audience, and the saved segment over it, which only shows the tag's customers.</summary>
internal static class ShopifySegments
{
    /// <summary>What older documentation states for a customer's tag; a longer one is not worth the risk.</summary>
    private const int MostTagLength = 40;

    /// <summary>Theirs, of a segment's name.</summary>
    private const int MostNameLength = 255;

    /// <summary>A comma would make two tags of one.</summary>
    public static string TagOf(AudienceRef audience)
    {
        var tag = (audience.ExternalId ?? audience.Key).Replace(',', ' ').Trim();
        return tag.Length > MostTagLength ? tag[..MostTagLength].TrimEnd() : tag;
    }

    public static void WriteFind(Utf8JsonWriter json, string? cursor)
    {
        json.WriteString("query", "query($after:String){segments(first:50,after:$after){nodes{id name query} pageInfo{hasNextPage endCursor}}}");
        json.WriteStartObject("variables");
        json.WriteString("after", cursor);
        json.WriteEndObject();
    }

    /// <summary>The audience's id here is its tag: a segment of that name, or over that tag, is only not made again.</summary>
    public static StepResult ReadFind(ConnectorResponse response, AudienceRef audience, bool wantsSegment)
    {
        if (ShopifyAnswers.Failure(response) is { } failure)
        {
            return failure;
        }

        var segments = response.Json?.At("data", "segments");
        return !wantsSegment || (segments?.ItemsAt("nodes") ?? []).Any(segment => segment.TextAt("name") == NameOf(audience) || segment.TextAt("query") == QueryOf(audience))
            ? new StepResult.Found(TagOf(audience))
            : segments?.At("pageInfo", "hasNextPage") is { ValueKind: JsonValueKind.True } && segments.Value.TextAt("pageInfo", "endCursor") is { Length: > 0 } cursor ? new StepResult.Page(cursor)
            : StepResult.Next;
    }

    public static void WriteCreate(Utf8JsonWriter json, AudienceRef audience)
    {
        json.WriteString("query", "mutation($name:String!,$query:String!){segmentCreate(name:$name,query:$query){segment{id name} userErrors{field message}}}");
        json.WriteStartObject("variables");
        json.WriteString("name", NameOf(audience));
        json.WriteString("query", QueryOf(audience));
        json.WriteEndObject();
    }

    /// <summary>A name with a number behind it is a lost race: two segments over the same tag, which does no harm.</summary>
    public static StepResult ReadCreate(ConnectorResponse response, AudienceRef audience) =>
        ShopifyAnswers.Failure(response) is { } failure ? failure
        : response.Json?.At("data", "segmentCreate") is { } created && created.ItemsAt("userErrors").Any() ? new DeliveryOutcome.Misconfigured("segment_refused", ShopifyAnswers.UserError(created).Detail ?? "Shopify refuses the segment.")
        : new StepResult.Found(TagOf(audience));

    private static string QueryOf(AudienceRef audience) => $"customer_tags CONTAINS '{TagOf(audience).Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal)}'";

    private static string NameOf(AudienceRef audience) => audience.Name.Length > MostNameLength ? audience.Name[..MostNameLength] : audience.Name;
}
