using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

/// <summary>Reads one operation from JSON: every fault at once, each with its pointer.</summary>
/// <param name="arrival">Our clock when the operation came in: the default of <c>occurredAt</c>.</param>
internal sealed class OperationReader(DateTimeOffset arrival)
{
    private static readonly ImmutableArray<string> Kinds = ["identify", "consent", "erase"];
    private static readonly ImmutableArray<string> IdentifyFields = ["op", "id", "identifiers", "attributes", "consents", "occurredAt"];
    private static readonly ImmutableArray<string> ConsentFields = ["op", "id", "consents", "purpose", "state", "source", "capturedAt", "occurredAt"];
    private static readonly ImmutableArray<string> EraseFields = ["op", "id", "occurredAt"];
    private static readonly ImmutableArray<string> ConsentMembers = ["state", "source", "capturedAt"];

    private readonly List<Fault> _faults = [];

    /// <param name="defaultKind">The kind when <c>op</c> is absent; null when <c>op</c> is required.</param>
    /// <returns>The operation when there are no faults.</returns>
    public static (ProfileOperation? Operation, ImmutableArray<Fault> Faults) Read(
        JsonElement json, string pointer, DateTimeOffset arrival, OperationKind? defaultKind = null)
    {
        var reader = new OperationReader(arrival);
        ProfileOperation? operation = null;
        try
        {
            operation = reader.ReadOperation(json, pointer, defaultKind);
        }
        catch (InvalidOperationException)
        {
            // System.Text.Json hands out no text for bytes that are no Unicode; only names of members can still lead here.
            reader._faults.Add(new(pointer, "invalid_text", "A name in the operation is not valid Unicode (half a surrogate pair, or bytes that are not UTF-8)."));
        }

        return (reader._faults.Count == 0 ? operation : null, [.. reader._faults]);
    }

    /// <param name="pointer">To the object that the field stands in.</param>
    public static Fault UnknownField(JsonProperty field, string pointer, ImmutableArray<string> known)
    {
        var name = Shown(field.Name);
        return new($"{pointer}/{Escape(name)}", "unknown_field", $"'{name}' is not a field here. The fields are {string.Join(", ", known)}.{NearestName.Suggestion(name, known)}");
    }

    private ProfileOperation? ReadOperation(JsonElement json, string pointer, OperationKind? defaultKind)
    {
        if (json.ValueKind is not JsonValueKind.Object)
        {
            Add(pointer, "wrong_type", "An operation is a JSON object with 'op' and 'id'.");
            return null;
        }

        if (ReadKind(json, pointer, defaultKind) is not { } kind)
        {
            return null;
        }

        RefuseUnknown(json, pointer, kind switch
        {
            OperationKind.Identify => IdentifyFields,
            OperationKind.Consent => ConsentFields,
            _ => EraseFields,
        });
        var occurredAt = ReadTime(json, "occurredAt", pointer) ?? arrival;
        var operation = new ProfileOperation(kind, ReadId(json, pointer), occurredAt)
        {
            Values = kind is OperationKind.Identify ? [.. ReadIdentifiers(json, pointer), .. ReadAttributes(json, pointer)] : [],
            Consents = kind is OperationKind.Erase ? [] : [.. ReadConsents(json, pointer, occurredAt), .. ReadSingleConsent(json, pointer, kind, occurredAt)],
        };
        if (kind is OperationKind.Consent && operation.Consents.IsEmpty && _faults.Count == 0)
        {
            Add($"{pointer}/consents", "required", "A consent operation needs 'consents' with at least one purpose.");
        }

        if (_faults.Count == 0 && ProfileRules.CheckSize(operation, pointer) is { } fault)
        {
            _faults.Add(fault);
        }

        return operation;
    }

    private OperationKind? ReadKind(JsonElement json, string pointer, OperationKind? defaultKind)
    {
        if (!json.TryGetProperty("op", out var op))
        {
            if (defaultKind is null)
            {
                Add($"{pointer}/op", "required", "'op' is missing. It is identify, consent or erase.");
            }

            return defaultKind;
        }

        var name = ReadText(op, $"{pointer}/op");
        switch (name)
        {
            case null:
                return null;
            case "identify":
                return OperationKind.Identify;
            case "consent":
                return OperationKind.Consent;
            case "erase":
                return OperationKind.Erase;
            default:
                Add($"{pointer}/op", "unknown_operation", $"'{Shown(name)}' is no operation. It is identify, consent or erase.{NearestName.Suggestion(Shown(name), Kinds)}");
                return null;
        }
    }

    private string ReadId(JsonElement json, string pointer)
    {
        if (!json.TryGetProperty("id", out var element))
        {
            Add($"{pointer}/id", "required", "'id' is missing. Give the customer's id, 1 to 256 characters.");
            return "";
        }

        var id = ReadText(element, $"{pointer}/id");
        if (id is not null && ProfileRules.CheckId(id, $"{pointer}/id") is { } fault)
        {
            _faults.Add(fault);
        }

        return id ?? "";
    }

    private List<KeyValuePair<string, Cell>> ReadIdentifiers(JsonElement json, string pointer)
    {
        var values = new Dictionary<string, Cell>(StringComparer.Ordinal);
        foreach (var (name, element, at) in Members(json, "identifiers", pointer))
        {
            if (!ProfileColumns.IsIdentifier(name))
            {
                Add(at, "unknown_identifier", $"'{Shown(name)}' is no identifier. They are {string.Join(", ", ProfileColumns.Identifiers)}; anything else is an attribute.{NearestName.Suggestion(Shown(name), ProfileColumns.Identifiers)}");
            }
            else if (element.ValueKind is JsonValueKind.Null)
            {
                values[name] = default;
            }
            else if (element.ValueKind is JsonValueKind.Array)
            {
                values[name] = ReadIdentifierValues(name, element, at);
            }
            else if (ReadText(element, at) is { } text)
            {
                if (ProfileRules.CheckIdentifier(name, ref text, at) is { } fault)
                {
                    _faults.Add(fault);
                }

                values[name] = Cell.Of(text);
            }
        }

        return [.. values];
    }

    /// <summary>Several values of one identifier, the latest last.</summary>
    private Cell ReadIdentifierValues(string name, JsonElement json, string pointer)
    {
        var texts = json.EnumerateArray().Select((item, index) => ReadText(item, $"{pointer}/{index}")).ToArray();
        if (texts.Contains(null))
        {
            return default;
        }

        var values = Array.ConvertAll(texts, text => text!);
        _faults.AddRange(ProfileRules.CheckIdentifiers(name, values, pointer));
        return values is [var only] ? Cell.Of(only) : Cell.Of([.. values]);
    }

    private List<KeyValuePair<string, Cell>> ReadAttributes(JsonElement json, string pointer)
    {
        var values = new Dictionary<string, Cell>(StringComparer.Ordinal);
        foreach (var (name, element, at) in Members(json, "attributes", pointer))
        {
            if (ProfileRules.CheckAttributeName(name, at) is { } invalidName)
            {
                _faults.Add(invalidName);
            }
            else if (ReadCell(element, at) is { } cell)
            {
                values[name] = cell;
            }
        }

        if (values.Count > ProfileRules.MaxAttributes)
        {
            Add($"{pointer}/attributes", "too_many_attributes", $"The operation has {values.Count} attributes; at most {ProfileRules.MaxAttributes} are taken. Send the rest in another operation.");
        }

        return [.. values];
    }

    private List<KeyValuePair<string, Consent>> ReadConsents(JsonElement json, string pointer, DateTimeOffset occurredAt)
    {
        var consents = new Dictionary<string, Consent>(StringComparer.Ordinal);
        foreach (var (purpose, element, at) in Members(json, "consents", pointer))
        {
            if (ProfileRules.CheckPurpose(purpose, at) is { } fault)
            {
                _faults.Add(fault);
            }
            else if (element.ValueKind is not JsonValueKind.Object)
            {
                Add(at, "wrong_type", "A consent is an object with 'state', and 'source' and 'capturedAt' where known.");
            }
            else
            {
                RefuseUnknown(element, at, ConsentMembers);
                if (ReadConsent(element, at, occurredAt) is { } consent)
                {
                    consents[purpose] = consent;
                }
            }
        }

        if (consents.Count > ProfileRules.MaxPurposes)
        {
            Add($"{pointer}/consents", "too_many_consents", $"The operation has {consents.Count} purposes; at most {ProfileRules.MaxPurposes} are taken.");
        }

        return [.. consents];
    }

    /// <summary>The short form of a consent operation: <c>purpose</c> and <c>state</c> beside <c>id</c>.</summary>
    private List<KeyValuePair<string, Consent>> ReadSingleConsent(
        JsonElement json, string pointer, OperationKind kind, DateTimeOffset occurredAt)
    {
        if (kind is not OperationKind.Consent || !json.TryGetProperty("purpose", out var element))
        {
            if (kind is OperationKind.Consent && json.TryGetProperty("state", out _))
            {
                Add($"{pointer}/purpose", "required", "'state' needs 'purpose' beside it.");
            }

            return [];
        }

        if (json.TryGetProperty("consents", out _))
        {
            Add($"{pointer}/purpose", "ambiguous", "Give either 'consents' or 'purpose' with 'state', not both.");
            return [];
        }

        if (ReadText(element, $"{pointer}/purpose") is not { } purpose)
        {
            return [];
        }

        if (ProfileRules.CheckPurpose(purpose, $"{pointer}/purpose") is { } fault)
        {
            _faults.Add(fault);
        }

        return ReadConsent(json, pointer, occurredAt) is { } consent ? [new(purpose, consent)] : [];
    }

    /// <summary>A consent without a capture time was captured when the operation occurred.</summary>
    private Consent? ReadConsent(JsonElement json, string pointer, DateTimeOffset occurredAt)
    {
        ConsentState? state = null;
        if (!json.TryGetProperty("state", out var element))
        {
            Add($"{pointer}/state", "required", "'state' is missing. It is granted, denied or unknown.");
        }
        else if (ReadText(element, $"{pointer}/state") is { } name)
        {
            state = name switch
            {
                "granted" => ConsentState.Granted,
                "denied" => ConsentState.Denied,
                "unknown" => ConsentState.Unknown,
                _ => null,
            };
            if (state is null)
            {
                Add($"{pointer}/state", "unknown_state", $"'{Shown(name)}' is no state of consent. It is granted, denied or unknown.{NearestName.Suggestion(Shown(name), ["granted", "denied", "unknown"])}");
            }
        }

        string? source = null;
        if (json.TryGetProperty("source", out var sourceElement) && sourceElement.ValueKind is not JsonValueKind.Null)
        {
            source = ReadText(sourceElement, $"{pointer}/source");
            if (source?.Length > ProfileRules.MaxSourceLength)
            {
                Add($"{pointer}/source", "text_too_long", $"The source has {source.Length} characters; at most {ProfileRules.MaxSourceLength} are taken.");
            }
        }

        var capturedAt = ReadTime(json, "capturedAt", pointer);
        return state is { } known ? new(known, source, capturedAt ?? occurredAt) : null;
    }

    private DateTimeOffset? ReadTime(JsonElement json, string name, string pointer)
    {
        if (!json.TryGetProperty(name, out var element) || element.ValueKind is JsonValueKind.Null || ReadText(element, $"{pointer}/{name}") is not { } text)
        {
            return null;
        }

        if (!Timestamps.TryParse(text, out var moment))
        {
            Add($"{pointer}/{name}", "invalid_time", $"'{Shown(text)}' is no RFC 3339 date-time. Send it like 2026-10-01T00:00:00Z.");
            return null;
        }

        if (ProfileRules.CheckTime(moment, arrival, $"{pointer}/{name}") is { } fault)
        {
            _faults.Add(fault);
        }

        return moment;
    }

    /// <summary>An attribute's value; null when it is refused.</summary>
    private Cell? ReadCell(JsonElement element, string pointer)
    {
        try
        {
            if (!CellJson.TryRead(element, out var cell, out var reason))
            {
                Add(pointer, element.ValueKind is JsonValueKind.Number ? "number_out_of_range" : "wrong_type", reason!);
                return null;
            }

            if (ProfileRules.CheckValue(cell, pointer) is { } fault)
            {
                _faults.Add(fault);
            }

            return cell;
        }
        catch (InvalidOperationException)
        {
            AddInvalidText(pointer);
            return null;
        }
    }

    private string? ReadText(JsonElement element, string pointer)
    {
        if (element.ValueKind is not JsonValueKind.String)
        {
            Add(pointer, "wrong_type", $"A text is needed here, not a {KindOf(element)}. Put it in quotes.");
            return null;
        }

        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            AddInvalidText(pointer);
            return null;
        }
    }

    /// <summary>The members of an object member; none, with a fault, when it is something else.</summary>
    private IEnumerable<(string Name, JsonElement Value, string Pointer)> Members(JsonElement json, string member, string pointer)
    {
        if (!json.TryGetProperty(member, out var element))
        {
            return [];
        }

        if (element.ValueKind is not JsonValueKind.Object)
        {
            Add($"{pointer}/{member}", "wrong_type", $"'{member}' is an object, not a {KindOf(element)}.");
            return [];
        }

        return element.EnumerateObject().Select(property => (property.Name, property.Value, $"{pointer}/{member}/{Escape(property.Name)}"));
    }

    private void RefuseUnknown(JsonElement json, string pointer, ImmutableArray<string> known) => _faults.AddRange(json.EnumerateObject()
        .Where(property => !known.Contains(property.Name, StringComparer.Ordinal))
        .Select(property => UnknownField(property, pointer, known)));

    private void AddInvalidText(string pointer) =>
        Add(pointer, "invalid_text", "The text is not valid Unicode (half a surrogate pair, or bytes that are not UTF-8).");

    private void Add(string pointer, string code, string detail) => _faults.Add(new(pointer, code, detail));

    private static string KindOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => "boolean",
        var kind => kind.ToString().ToLowerInvariant(),
    };

    /// <summary>A caller's text, short enough for a sentence.</summary>
    private static string Shown(string text) => text.Length <= 64 ? text : $"{text[..63]}…";

    /// <summary>RFC 6901 §3.</summary>
    private static string Escape(string name) => Shown(name).Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
