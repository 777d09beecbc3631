namespace AudienceSync.OpenApi;

/// <summary>What the description says of the API as a whole.</summary>
internal static class Preamble
{
    public const string Info =
        """
        {
          "title": "AudienceSync",
          "version": "1",
          "description": "Keeps the people in a segment in step with lists, audiences and event streams on marketing platforms.\n\n**Callers.** An API key in `Authorization: Bearer` or `x-functions-key`, or the Entra principal of App Service authentication. Each operation names the roles that may call it; below `editor` identifiers of people are masked.\n\n**Faults.** Every refusal is a problem document (RFC 9457) with a stable `code`, a `requestId`, and under `errors` each fault of the input with its JSON Pointer. A problem's `type` is the address of a page that explains it.\n\n**Changes.** A resource answers with a strong `ETag`; PATCH, PUT and DELETE of it want it as `If-Match`. A PATCH is a JSON Merge Patch (RFC 7396). Read-only fields of an answer may be sent back; they have no effect.\n\n**Repeating.** A POST with an `Idempotency-Key` is done once within 24 hours, however often it is sent.\n\n**Lists.** `limit` and `cursor`; follow `nextLink` as it stands until there is none.\n\n**Verbs.** Every path that takes GET also takes HEAD; OPTIONS answers with the verbs of a path.\n\n**Growth.** Within `/api/v1` fields, values of lists and operations are added; none is taken away or changes its meaning. Ignore what you do not know.",
          "license": {"name": "MIT", "identifier": "MIT"}
        }
        """;

    public const string SecuritySchemes =
        """
        {
          "apiKey": {"type": "http", "scheme": "bearer", "description": "An API key, from `POST /api/v1/api-keys`."},
          "functionsKey": {"type": "apiKey", "in": "header", "name": "x-functions-key", "description": "The same key in the header that callers of Azure Functions send."},
          "entra": {"type": "openIdConnect", "openIdConnectUrl": "https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration", "description": "A token of Microsoft Entra ID, where App Service authentication is on. Its app roles carry the names of ours."}
        }
        """;

    public const string Parameters =
        """
        {
          "limit": {"name": "limit", "in": "query", "description": "Items of a page.", "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}},
          "cursor": {"name": "cursor", "in": "query", "description": "Where the page begins, as `nextLink` gives it; good only for the same list and filters.", "schema": {"type": "string"}},
          "ifMatch": {"name": "If-Match", "in": "header", "required": true, "description": "The ETag of the version that is changed, in its quotes; `*` for any.", "schema": {"type": "string"}},
          "mayMatch": {"name": "If-Match", "in": "header", "description": "The ETag of the version that is meant, in its quotes; `*` for any.", "schema": {"type": "string"}},
          "search": {"name": "search", "in": "query", "description": "Those whose name, key or description holds the text, whatever its case.", "schema": {"type": "string", "maxLength": 200}},
          "orderBy": {"name": "orderBy", "in": "query", "description": "The order of the list; a minus turns it round. By age unless given.", "schema": {"type": "string", "enum": []}},
          "ifNoneMatch": {"name": "If-None-Match", "in": "header", "description": "An ETag that the caller holds: 304 while it is the current one.", "schema": {"type": "string"}},
          "idempotencyKey": {"name": "Idempotency-Key", "in": "header", "description": "Any text that is new for each new request, such as a UUID: the request is done once, however often it is sent.", "schema": {"type": "string", "minLength": 1, "maxLength": 255}}
        }
        """;

    public const string Headers =
        """
        {
          "Request-Id": {"required": true, "description": "Names the request in the log.", "schema": {"type": "string"}},
          "RateLimit": {"description": "What is left of the policy (draft-ietf-httpapi-ratelimit-headers-11).", "schema": {"type": "string"}, "example": "\"api\";r=199;t=1"},
          "RateLimit-Policy": {"description": "The policy that the operation falls under.", "schema": {"type": "string"}, "example": "\"api\";q=200;w=4"},
          "ETag": {"required": true, "description": "The version answered, for `If-Match` and `If-None-Match`.", "schema": {"type": "string"}},
          "Location": {"required": true, "description": "The address of what was made, or of what to poll.", "schema": {"type": "string", "format": "uri-reference"}},
          "Retry-After": {"required": true, "description": "Seconds to wait before the next request.", "schema": {"type": "integer", "minimum": 1}},
          "Idempotency-Replayed": {"description": "`true` when the answer is the one that an earlier request of this key got.", "schema": {"type": "string", "const": "true"}},
          "WWW-Authenticate": {"required": true, "description": "How to say who calls.", "schema": {"type": "string"}}
        }
        """;

    public const string Schemas =
        """
        {
          "Problem": {
            "description": "Why a request was refused (RFC 9457). Some codes add members, which their pages name.",
            "type": "object",
            "properties": {
              "type": {"type": "string", "format": "uri-reference", "description": "The page that explains the code."},
              "title": {"type": "string"},
              "status": {"type": "integer", "format": "int32"},
              "detail": {"type": "string", "description": "For a person: what is wrong with this request, and what to do."},
              "code": {"type": "string", "description": "Stable: what programs go by."},
              "requestId": {"type": "string", "description": "Names the request in the log."},
              "instance": {"type": "string", "format": "uri-reference", "description": "The path that was called."},
              "errors": {"type": "array", "items": {"$ref": "#/components/schemas/ProblemFault"}, "description": "Each fault of the input."}
            },
            "required": ["type", "title", "status", "code", "requestId", "instance"],
            "examples": [{
              "type": "/api/v1/problems/validation_failed", "title": "Some fields need attention", "status": 422, "code": "validation_failed", "requestId": "4bf92f3577b34da6a3ce929d0e0e4736",
              "instance": "/api/v1/segments", "errors": [{"pointer": "/name", "code": "missing_field", "detail": "A segment needs a name."}]
            }]
          },
          "ProblemFault": {
            "type": "object",
            "properties": {
              "pointer": {"type": "string", "description": "JSON Pointer (RFC 6901) to the value at fault, or the name of the parameter; empty for the whole body."},
              "code": {"type": "string"},
              "detail": {"type": "string", "description": "For a person: the value, the limit, the mend."}
            },
            "required": ["pointer", "code", "detail"]
          }
        }
        """;
}
