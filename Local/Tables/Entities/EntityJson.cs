using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Azure.Data.Tables;

/// <summary>Writes rows as the service reads them, straight into the body: rows may carry most of a megabyte in binary properties.</summary>
internal static class EntityJson
{
    /// <summary>Up to 7 decimals: the service stores 100 ns.</summary>
    public const string DateTimeFormat = "yyyy-MM-ddTHH:mm:ss.fffffffZ";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Enough for rows of mostly binary values, so that the buffer need not grow.</summary>
    public static int EstimateLength(ITableEntity entity) =>
        512 + EntityProperties.Of(entity).Sum(property => 64 + property.Value switch
        {
            byte[] bytes => (bytes.Length + 2) / 3 * 4,
            BinaryData data => (data.ToMemory().Length + 2) / 3 * 4,
            string text => 2 * text.Length,
            _ => 32,
        });

    /// <remarks>Null values are left out: the service stores none, and a merge keeps what it has.</remarks>
    /// <exception cref="NotSupportedException">A value's type has no counterpart in the service.</exception>
    public static void Write(PooledBuffer body, ITableEntity entity)
    {
        using var json = new Utf8JsonWriter(body, Options);
        json.WriteStartObject();
        foreach (var (name, value) in EntityProperties.Of(entity)) Write(json, name, value);
        json.WriteEndObject();
        json.Flush();
    }

    private static void Write(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null:
                break;
            case string text:
                json.WriteString(name, text);
                break;
            case bool truth:
                json.WriteBoolean(name, truth);
                break;
            case int number:
                json.WriteNumber(name, number);
                break;
            case long number:
                WriteAnnotated(json, name, "Edm.Int64", number.ToString(CultureInfo.InvariantCulture));
                break;
            case double number when double.IsFinite(number):
                json.WriteString(name + EdmTypes.AnnotationSuffix, "Edm.Double");
                json.WriteNumber(name, number);
                break;
            case double number:
                WriteAnnotated(json, name, "Edm.Double", number.ToString(CultureInfo.InvariantCulture));
                break;
            case Guid id:
                WriteAnnotated(json, name, "Edm.Guid", id.ToString());
                break;
            case DateTimeOffset time:
                WriteAnnotated(json, name, "Edm.DateTime", time.UtcDateTime.ToString(DateTimeFormat, CultureInfo.InvariantCulture));
                break;
            case DateTime { Kind: DateTimeKind.Utc } time:
                WriteAnnotated(json, name, "Edm.DateTime", time.ToString(DateTimeFormat, CultureInfo.InvariantCulture));
                break;
            case DateTime time:
                throw new NotSupportedException($"{name} is a DateTime of kind {time.Kind}: only Utc is stored.");
            case byte[] bytes:
                WriteBinary(json, name, bytes);
                break;
            case BinaryData data:
                WriteBinary(json, name, data.ToMemory().Span);
                break;
            default:
                throw new NotSupportedException($"{name} is a {value.GetType()}, which tables do not store: keep it as a string.");
        }
    }

    private static void WriteBinary(Utf8JsonWriter json, string name, ReadOnlySpan<byte> bytes)
    {
        json.WriteString(name + EdmTypes.AnnotationSuffix, "Edm.Binary");
        json.WriteBase64String(name, bytes);
    }

    private static void WriteAnnotated(Utf8JsonWriter json, string name, string type, string value)
    {
        json.WriteString(name + EdmTypes.AnnotationSuffix, type);
        json.WriteString(name, value);
    }
}
