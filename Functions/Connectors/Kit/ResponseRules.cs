namespace AudienceSync.Connectors.Kit;

/// <summary>What a status means when a connector has no rule of its own: the table of <c>design.md</c> §6, in one place.</summary>
/// <remarks>404 on the removal of a member is for the connector to read: here it is an address that does not exist.</remarks>
public static class ResponseRules
{
    /// <summary>The outcome of an answer that is no success; null for 2xx.</summary>
    public static DeliveryOutcome? Failure(ConnectorResponse response)
    {
        var code = $"http_{response.Status}";
        return response.Status switch
        {
            >= 200 and <= 299 => null,
            429 => new DeliveryOutcome.Throttled(response.RetryAfter, code),
            503 when response.Header("Retry-After") is not null => new DeliveryOutcome.Throttled(response.RetryAfter, code),
            408 or 409 or 423 or 425 or >= 500 => new DeliveryOutcome.Failed(code, Describe(response)),
            401 or 403 or 407 => new DeliveryOutcome.Unauthorized(code, Describe(response)),
            400 or 413 or 414 or 422 or 431 => new DeliveryOutcome.Refused(code, Describe(response)),
            410 => new DeliveryOutcome.Misconfigured("gone", Describe(response)),
            >= 300 and <= 399 => new DeliveryOutcome.Misconfigured(
                "redirected", $"The address answers {response.Status}, a redirect, which is not followed. Set the final address."),
            _ => new DeliveryOutcome.Misconfigured(code, Describe(response)),
        };
    }

    /// <summary>The failure of an answer, or what <paramref name="success"/> reads from it.</summary>
    public static StepResult Read(ConnectorResponse response, Func<StepResult> success) =>
        Failure(response) is { } failure ? failure : success();

    /// <summary>The status and the beginning of the body, on one line. The client masks people's data in it.</summary>
    public static string Describe(ConnectorResponse response)
    {
        var text = string.Join(' ', response.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return text.Length == 0 ? $"The platform answered {response.Status}."
            : $"The platform answered {response.Status}: {(text.Length > 300 ? $"{text[..300]}…" : text)}";
    }
}
