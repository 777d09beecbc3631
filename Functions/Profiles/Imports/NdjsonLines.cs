using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Profiles.Imports;

/// <summary>Reads a file of one JSON object a line: flat (<c>{"id":…,"email":…,"orders":3}</c>), or an identify operation. <c>null</c> clears.</summary>
internal static class NdjsonLines
{
    private static readonly string[] OperationFields = ["op", "identifiers", "attributes", "consents"];
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    public static async IAsyncEnumerable<ImportLine> ReadAsync(
        Stream body, ImportColumns columns, DateTimeOffset arrival, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(
            body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: true, leaveOpen: true);
        for (var line = 1L; ; line++)
        {
            var (text, broken) = await ReadNextAsync(reader, line, cancellationToken);
            if (broken is not null)
            {
                yield return broken;
            }

            if (text is null)
            {
                yield break;
            }

            if (!string.IsNullOrWhiteSpace(text))
            {
                yield return ReadLine(line, text, columns, arrival);
            }
        }
    }

    private static async Task<(string? Text, ImportLine? Broken)> ReadNextAsync(StreamReader reader, long line, CancellationToken cancellationToken)
    {
        try
        {
            return (await reader.ReadLineAsync(cancellationToken), null);
        }
        catch (DecoderFallbackException)
        {
            return (null, ImportLine.Failed(line, "invalid_text", "The file is not valid UTF-8 from about this line on. Save it as UTF-8."));
        }
    }

    private static ImportLine ReadLine(long line, string text, ImportColumns columns, DateTimeOffset arrival)
    {
        try
        {
            using var json = JsonDocument.Parse(text, Strict);
            var root = json.RootElement;
            return root.ValueKind is not JsonValueKind.Object
                ? ImportLine.Rejected(line, "wrong_type", "A line is one JSON object.")
                : IsOperation(root) ? ReadOperation(line, root, arrival) : ReadFlat(line, root, columns, arrival);
        }
        catch (JsonException e)
        {
            return ImportLine.Rejected(line, "malformed_json", $"The line is no JSON object (at byte {e.BytePositionInLine + 1}).");
        }
        catch (InvalidOperationException)
        {
            // System.Text.Json hands out no text for half a surrogate pair.
            return ImportLine.Rejected(line, "invalid_text", "The line holds half a surrogate pair, which is no character.");
        }
    }

    /// <summary>Flat lines may have attributes of these names too, but never objects.</summary>
    private static bool IsOperation(JsonElement json) => OperationFields.Any(field =>
        json.TryGetProperty(field, out var value) && (value.ValueKind is JsonValueKind.Object || (field is "op" && value.ValueKind is JsonValueKind.String && value.ValueEquals("identify"))));

    private static ImportLine ReadOperation(long line, JsonElement json, DateTimeOffset arrival)
    {
        var (operation, faults) = OperationReader.Read(json, "", arrival, OperationKind.Identify);
        return operation switch
        {
            null => ImportLine.Rejected(line, faults[0].Code, $"{faults[0].Pointer}: {faults[0].Detail}"),
            { Kind: OperationKind.Identify } => new(line, operation, null),
            _ => ImportLine.Rejected(line, "unknown_operation", "Only identify is taken in imports. Send other operations to /api/v1/profiles/batch."),
        };
    }

    private static ImportLine ReadFlat(long line, JsonElement json, ImportColumns columns, DateTimeOffset arrival)
    {
        var builder = new ImportLineBuilder(line, arrival);
        if (!json.TryGetProperty(columns.IdColumn, out var id))
        {
            return ImportLine.Rejected(
                line, "missing_id", $"The line has no '{columns.IdColumn}'.{NearestName.Suggestion(columns.IdColumn, json.EnumerateObject().Select(property => property.Name))}");
        }

        if (id.ValueKind is not JsonValueKind.String)
        {
            return ImportLine.Rejected(line, "wrong_type", $"'{columns.IdColumn}' is a text. Put the id in quotes.");
        }

        builder.SetId(id.GetString()!);
        foreach (var property in json.EnumerateObject())
        {
            if (property.NameEquals(columns.IdColumn))
            {
                continue;
            }

            if (columns.OccurredAtColumn is { } occurredAt && property.NameEquals(occurredAt))
            {
                if (property.Value.ValueKind is not JsonValueKind.Null)
                {
                    builder.SetOccurredAt(property.Name, property.Value.ToString());
                }
            }
            else if (columns.TargetOf(property.Name) is { } target)
            {
                Set(builder, property, target);
            }
        }

        return builder.Build();
    }

    private static void Set(ImportLineBuilder builder, JsonProperty property, ImportColumn target)
    {
        if (ImportColumns.CheckName(target.Name, "") is { } fault)
        {
            builder.Reject(fault.Code, fault.Detail);
        }
        else if (property.Value.ValueKind is JsonValueKind.String && (target.Type is not ImportType.ByForm || ProfileColumns.IsIdentifier(target.Name)))
        {
            builder.Set(property.Name, target, property.Value.GetString()!);
        }
        else if (property.Value.ValueKind is JsonValueKind.Number && target.Type is ImportType.Text)
        {
            builder.Set(property.Name, target, property.Value.GetRawText());
        }
        else if (CellJson.TryRead(property.Value, out var cell, out var reason))
        {
            builder.Set(property.Name, target.Name, cell);
        }
        else
        {
            builder.Reject("wrong_type", $"'{property.Name}': {reason}");
        }
    }
}
