using System.Globalization;
using System.Text.Json.Nodes;

namespace AudienceSync.Local.Platforms;

/// <summary>As much of GraphQL as one anonymous or named operation with aliases, arguments and variables needs: no fragments, no directives.</summary>
internal sealed class GraphQl
{
    private readonly string _text;
    private readonly JsonNode? _variables;
    private int _at;

    private GraphQl(string text, JsonNode? variables) => (_text, _variables) = (text, variables);

    /// <summary>The fields of the operation.</summary>
    /// <exception cref="MalformedException">The text is no operation.</exception>
    public static (bool IsMutation, IReadOnlyList<Field> Fields) Read(string text, JsonNode? variables)
    {
        var reader = new GraphQl(text, variables);
        var isMutation = reader.Peek() != '{' && reader.Name() is "mutation";
        if (reader.Peek() is not ('{' or '('))
        {
            reader.Name();
        }

        if (reader.Peek() == '(')
        {
            reader.SkipVariables();
        }

        return (isMutation, reader.Selection());
    }

    /// <summary>What of a value was asked for.</summary>
    public static JsonNode? Project(JsonNode? value, IReadOnlyList<Field> fields) => (value, fields.Count) switch
    {
        (_, 0) => value?.DeepClone(),
        (JsonArray array, _) => new JsonArray([.. array.Select(item => Project(item, fields))]),
        (JsonObject json, _) => new JsonObject(fields.Select(field => KeyValuePair.Create(field.Alias, Project(json.At(field.Name), field.Fields)))),
        _ => value?.DeepClone(),
    };

    private List<Field> Selection()
    {
        Expect('{');
        var fields = new List<Field>();
        while (Peek() != '}')
        {
            var name = Name();
            var alias = name;
            if (Peek() == ':')
            {
                Expect(':');
                name = Name();
            }

            var arguments = new JsonObject();
            if (Peek() == '(')
            {
                Expect('(');
                while (Peek() != ')')
                {
                    var argument = Name();
                    Expect(':');
                    arguments[argument] = Value();
                }

                Expect(')');
            }

            fields.Add(new(alias, name, arguments, Peek() == '{' ? Selection() : []));
        }

        Expect('}');
        return fields;
    }

    private JsonNode? Value()
    {
        switch (Peek())
        {
            case '$':
                Expect('$');
                return _variables.At(Name())?.DeepClone();
            case '"':
                return Text();
            case '[':
                Expect('[');
                var array = new JsonArray();
                while (Peek() != ']')
                {
                    array.Add(Value());
                }

                Expect(']');
                return array;
            case '{':
                Expect('{');
                var json = new JsonObject();
                while (Peek() != '}')
                {
                    var name = Name();
                    Expect(':');
                    json[name] = Value();
                }

                Expect('}');
                return json;
            default:
                var word = Word();
                return word switch
                {
                    "true" => true,
                    "false" => false,
                    "null" => null,
                    _ when double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
                    _ => word,
                };
        }
    }

    private string Text()
    {
        var start = _at;
        for (_at++; _at < _text.Length && _text[_at] != '"'; _at++)
        {
            _at += _text[_at] == '\\' ? 1 : 0;
        }

        _at++;
        return _at > _text.Length ? throw new MalformedException("A text is not closed.") : JsonNode.Parse(_text[start.._at]).Text()!;
    }

    private void SkipVariables()
    {
        for (var depth = 0; _at < _text.Length; _at++)
        {
            depth += _text[_at] switch { '(' => 1, ')' => -1, _ => 0 };
            if (depth == 0)
            {
                _at++;
                return;
            }
        }
    }

    private string Name() => Word() is { Length: > 0 } word && (char.IsLetter(word[0]) || word[0] == '_') ? word : throw new MalformedException($"A name is expected at {_at}.");

    private string Word()
    {
        Peek();
        var start = _at;
        while (_at < _text.Length && (char.IsLetterOrDigit(_text[_at]) || _text[_at] is '_' or '-' or '.'))
        {
            _at++;
        }

        return start == _at ? throw new MalformedException($"A word is expected at {_at}.") : _text[start.._at];
    }

    private void Expect(char character)
    {
        if (Peek() != character)
        {
            throw new MalformedException($"syntax error, unexpected '{Peek()}', expecting '{character}' at {_at}");
        }

        _at++;
    }

    /// <summary>The next character that means something; NUL at the end.</summary>
    private char Peek()
    {
        while (_at < _text.Length && (char.IsWhiteSpace(_text[_at]) || _text[_at] == ',' || _text[_at] == '#'))
        {
            _at = _text[_at] == '#' ? Math.Max(_text.IndexOf('\n', _at), _at) + 1 : _at + 1;
        }

        return _at < _text.Length ? _text[_at] : '\0';
    }

    internal sealed record Field(string Alias, string Name, JsonObject Arguments, IReadOnlyList<Field> Fields);
}
