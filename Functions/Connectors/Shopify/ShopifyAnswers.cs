using System.Globalization;
using System.Text.Json;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Shopify;

/// <summary>Reads GraphQL answers: the status, then <c>errors</c>, then each field.</summary>
internal static class ShopifyAnswers
{
    /// <summary>Writing includes reading, which an app may not list then.</summary>
    private const string NeededScope = "write_customers";

    /// <summary>What went wrong as a whole; null when each field speaks for itself.</summary>
    public static DeliveryOutcome? Failure(ConnectorResponse response)
    {
        if (!response.IsSuccess)
        {
            return response.Status switch
            {
                402 or 423 => new DeliveryOutcome.Misconfigured("shop_frozen", $"The shop is frozen or locked. {ResponseRules.Describe(response)}"),
                430 => new DeliveryOutcome.Throttled(response.RetryAfter, "http_430"),
                _ => ResponseRules.Failure(response),
            };
        }

        if (response.Json is not { ValueKind: JsonValueKind.Object } json)
        {
            return new DeliveryOutcome.Failed("unreadable_answer", "Shopify's answer is no GraphQL.");
        }

        var errors = json.ItemsAt("errors").ToList();
        var code = errors.Select(error => error.TextAt("extensions", "code")).FirstOrDefault(code => code is not null);
        return code switch
        {
            "THROTTLED" => new DeliveryOutcome.Throttled(WaitOf(json) ?? response.RetryAfter, code),
            "ACCESS_DENIED" => new DeliveryOutcome.Unauthorized(code, ResponseRules.Describe(response)),
            "INTERNAL_SERVER_ERROR" or "TIMEOUT" => new DeliveryOutcome.Failed(code, ResponseRules.Describe(response)),
            _ when json.At("data") is { ValueKind: JsonValueKind.Object } => null,
            { } other => new DeliveryOutcome.Refused(other, ResponseRules.Describe(response)),
            _ => errors.Count > 0
                ? new DeliveryOutcome.Refused("graphql_error", ResponseRules.Describe(response))
                : new DeliveryOutcome.Failed("unreadable_answer", "Shopify's answer holds no data."),
        };
    }

    /// <param name="answerOf">What the field of a row comes to; a field that is null is an element of that kind.</param>
    public static StepResult ReadRows(ConnectorResponse response, DeliveryBatch batch, Func<DeliveryRow, JsonElement, RowAnswer> answerOf)
    {
        if (Failure(response) is { } failure)
        {
            return failure;
        }

        var data = response.Json?.At("data");
        var errors = (response.Json?.ItemsAt("errors") ?? [])
            .Where(error => error.ItemsAt("path").FirstOrDefault() is { ValueKind: JsonValueKind.String })
            .ToLookup(error => error.ItemsAt("path").First().GetString()!, StringComparer.Ordinal);
        return new StepResult.PerRow([.. batch.Rows.Select((row, index) =>
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"c{index}");
            return errors[name].FirstOrDefault() is { ValueKind: JsonValueKind.Object } error
                ? new RowOutcome(RowFate.Rejected, error.TextAt("extensions", "code") ?? "graphql_error", error.TextAt("message"))
                : answerOf(row, data?.At(name) ?? default);
        })]);
    }

    public static RowOutcome UserError(JsonElement result) => new(RowFate.Rejected, "user_error", result.ItemsAt("userErrors").FirstOrDefault().TextAt("message") ?? "Shopify refuses it without a word.");

    public static StepResult ReadScopes(ConnectorResponse response)
    {
        if (Failure(response) is { } failure)
        {
            return failure;
        }

        return (response.Json?.At("data", "currentAppInstallation")?.ItemsAt("accessScopes") ?? []).Any(static scope => scope.TextAt("handle") is NeededScope)
            ? StepResult.Next
            : new DeliveryOutcome.Unauthorized("missing_scope", $"The app lacks the scope {NeededScope}.");
    }

    /// <summary>How long the bucket takes to hold what the call asked for.</summary>
    private static TimeSpan? WaitOf(JsonElement json) =>
        Number(json, "requestedQueryCost") is { } needed
        && Number(json, "throttleStatus", "currentlyAvailable") is { } available
        && Number(json, "throttleStatus", "restoreRate") is > 0 and var rate
            ? TimeSpan.FromSeconds(Math.Clamp((needed - available) / rate, 1, 60))
            : null;

    private static double? Number(JsonElement json, params ReadOnlySpan<string> path) =>
        json.At(["extensions", "cost", .. path]) is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out var value) ? value : null;
}
