using System.Text;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Postgres;

/// <summary>A table or view.</summary>
internal sealed record TableName(string Schema, string Name)
{
    /// <summary>As SQL spells it.</summary>
    public string Sql => $"{SqlNames.Quote(Schema)}.{SqlNames.Quote(Name)}";

    /// <summary>As destinations name it: <c>schema.table</c>, in quotes where a name holds a dot or a quote.</summary>
    public override string ToString() => $"{Show(Schema)}.{Show(Name)}";

    /// <summary>Reads <c>table</c> or <c>schema.table</c>; null when it is neither. Names are taken as they are, or in double quotes.</summary>
    public static TableName? Parse(string text, string schema)
    {
        var parts = new List<string>();
        for (var at = 0; at <= text.Length;)
        {
            var part = at < text.Length && text[at] == '"' ? ReadQuoted(text, ref at) : ReadBare(text, ref at);
            if (part is null || !SqlNames.IsPossible(part) || (at < text.Length && text[at] != '.'))
            {
                return null;
            }

            parts.Add(part);
            at++;
        }

        return parts switch
        {
            [var name] => new(schema, name),
            [var named, var name] => new(named, name),
            _ => null,
        };
    }

    /// <summary>The table of an audience: the one it names, else one whose name is made from its own.</summary>
    public static TableName? Of(AudienceRef audience, ConnectorSettings settings)
    {
        var schema = PostgresSettings.Schema.In(settings);
        return audience.ExternalId is { Length: > 0 } named ? Parse(named, schema)
            : SqlNames.From(audience.Name) is { Length: > 0 } made ? new(schema, made)
            : new(schema, SqlNames.From(audience.Key));
    }

    private static string? ReadQuoted(string text, ref int at)
    {
        var name = new StringBuilder();
        for (at++; at < text.Length; at++)
        {
            if (text[at] != '"')
            {
                name.Append(text[at]);
            }
            else if (at + 1 < text.Length && text[at + 1] == '"')
            {
                name.Append(text[++at]);
            }
            else
            {
                at++;
                return name.ToString();
            }
        }

        return null;
    }

    private static string ReadBare(string text, ref int at)
    {
        var end = text.IndexOf('.', at);
        var name = text[at..(end < 0 ? text.Length : end)];
        at += name.Length;
        return name.Trim();
    }

    private static string Show(string name) => name.AsSpan().ContainsAny('.', '"') ? $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : name;
}
