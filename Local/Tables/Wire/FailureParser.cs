using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using Azure.Core;

namespace Azure.Data.Tables;

/// <summary>Reads the code and the message of a refusal: JSON from the table service, XML from the door before it (versions, signatures).</summary>
internal sealed class FailureParser : RequestFailedDetailsParser
{
    /// <summary>Under this key of <see cref="Exception.Data"/> lies which action of a transaction failed.</summary>
    public const string FailedIndex = "FailedEntity";

    public static FailureParser Instance { get; } = new();

    public override bool TryParse(Response response, [NotNullWhen(true)] out ResponseError? error, out IDictionary<string, string>? data)
    {
        (error, data) = (null, null);
        if (response.ContentStream is not { CanSeek: true, Length: > 0 }) return false;
        if ((FromJson(response.Content.ToMemory()) ?? FromXml(response.Content)) is not var (code, message)) return false;

        error = new(code, message);
        data = new Dictionary<string, string>();
        // In a transaction the message begins with the index of the action: "1:The specified entity already exists."
        if (message.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon
            && int.TryParse(message.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            data[FailedIndex] = index.ToString(CultureInfo.InvariantCulture);
        }

        return true;
    }

    private static (string Code, string Message)? FromJson(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement is not { ValueKind: JsonValueKind.Object } root || !root.TryGetProperty("odata.error", out var error)) return null;
            return (
                error.TryGetProperty("code", out var code) ? code.GetString() ?? "" : "",
                error.TryGetProperty("message", out var message) && message.TryGetProperty("value", out var text) ? text.GetString() ?? "" : "");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // another format, or something between us and the service answered
        }
    }

    private static (string Code, string Message)? FromXml(BinaryData body)
    {
        try
        {
            using var reader = XmlReader.Create(body.ToStream());
            var root = XElement.Load(reader);
            return ChildOf(root, "code") is { } code ? (code, ChildOf(root, "message") ?? "") : null;
        }
        catch (XmlException)
        {
            return null;
        }
    }

    private static string? ChildOf(XElement parent, string name) =>
        parent.Elements().FirstOrDefault(child => child.Name.LocalName.Equals(name, StringComparison.OrdinalIgnoreCase))?.Value;
}
