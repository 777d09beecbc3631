using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Azure.Data.Tables;

/// <summary>Reads rows from an answer with minimal metadata, without a document in between.</summary>
internal sealed class EntityReader
{
    private const int LongestName = 255 + 11; // a property's name with an annotation

    private readonly Dictionary<string, string> _names = []; // rows of a page share names: one string each
    private readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly List<(string Name, EdmType Type)> _awaited = []; // annotations whose value has not come yet

    private EntityReader() => _lookup = _names.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>An answer that is one row.</summary>
    public static T ReadOne<T>(ReadOnlySpan<byte> content) where T : class, ITableEntity
    {
        var json = new Utf8JsonReader(content);
        json.Read();
        return EntityProperties.Make<T>(new EntityReader().ReadRow(ref json));
    }

    /// <summary>An answer that is an object with an array "value" of rows.</summary>
    public static List<T> ReadMany<T>(ReadOnlySpan<byte> content) where T : class, ITableEntity
    {
        var reader = new EntityReader();
        var rows = new List<T>();
        var json = new Utf8JsonReader(content);
        json.Read();
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var isRows = json.ValueTextEquals("value"u8);
            json.Read();
            if (!isRows)
            {
                json.Skip();
                continue;
            }

            while (json.Read() && json.TokenType is JsonTokenType.StartObject) rows.Add(EntityProperties.Make<T>(reader.ReadRow(ref json)));
        }

        return rows;
    }

    private Dictionary<string, object> ReadRow(ref Utf8JsonReader json)
    {
        var row = new Dictionary<string, object>();
        _awaited.Clear();
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var name = Name(ref json);
            json.Read();
            if (name.EndsWith(EdmTypes.AnnotationSuffix, StringComparison.Ordinal))
            {
                Annotate(row, name[..^EdmTypes.AnnotationSuffix.Length], EdmTypes.Parse(json.ValueSpan));
            }
            else if (name.StartsWith("odata.", StringComparison.Ordinal) && name != PropertyNames.ODataETag)
            {
                json.Skip();
            }
            else if (Value(ref json, name is PropertyNames.Timestamp ? EdmType.DateTime : TypeOf(name)) is { } value)
            {
                row[name] = value;
            }
        }

        return row;
    }

    private string Name(ref Utf8JsonReader json)
    {
        if (json.ValueIsEscaped || json.ValueSpan.Length > LongestName) return json.GetString()!;
        Span<char> buffer = stackalloc char[LongestName];
        var characters = buffer[..Encoding.UTF8.GetChars(json.ValueSpan, buffer)];
        if (!_lookup.TryGetValue(characters, out var name)) _names[name = characters.ToString()] = name;
        return name;
    }

    private EdmType TypeOf(string name)
    {
        for (var i = 0; i < _awaited.Count; i++)
        {
            if (_awaited[i].Name != name) continue;
            var type = _awaited[i].Type;
            _awaited.RemoveAt(i);
            return type;
        }

        return EdmType.None;
    }

    /// <summary>Annotations come before or after their values.</summary>
    private void Annotate(Dictionary<string, object> row, string name, EdmType type)
    {
        if (type is EdmType.None) return;
        if (!row.TryGetValue(name, out var read)) _awaited.Add((name, type));
        else if (read is string text)
        {
            var json = new Utf8JsonReader(Encoding.UTF8.GetBytes($"\"{JsonEncodedText.Encode(text)}\""));
            json.Read();
            row[name] = Value(ref json, type)!;
        }
        else if (type is EdmType.Double && read is int number) row[name] = (double)number;
    }

    private static object? Value(ref Utf8JsonReader json, EdmType type) => (json.TokenType, type) switch
    {
        (JsonTokenType.String, EdmType.Binary) => json.GetBytesFromBase64(),
        (JsonTokenType.String, EdmType.DateTime) => json.GetDateTimeOffset().ToUniversalTime(),
        (JsonTokenType.String, EdmType.Guid) => json.GetGuid(),
        (JsonTokenType.String, EdmType.Int64) => long.Parse(json.ValueSpan, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture),
        (JsonTokenType.String, EdmType.Double) => double.Parse(json.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture), // NaN, Infinity
        (JsonTokenType.String, _) => json.GetString(),
        (JsonTokenType.Number, EdmType.Double) => json.GetDouble(),
        (JsonTokenType.Number, EdmType.Int64) => json.GetInt64(),
        (JsonTokenType.Number, _) => json.TryGetInt32(out var number) ? (object)number : json.GetDouble(),
        (JsonTokenType.True, _) => true,
        (JsonTokenType.False, _) => false,
        (JsonTokenType.Null, _) => null,
        var (token, _) => throw new FormatException($"A row's property cannot be a JSON {token}."),
    };
}
