using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace AudienceSync.Infra.Bicep;

internal enum TokenKind
{
    Word,
    Number,
    Text,
    Sign,
    NewLine,
    End,
}

/// <param name="Value">The word, the digits or the sign.</param>
/// <param name="Parts">Of a text: literal text, or the tokens of an interpolation.</param>
internal sealed record Token(TokenKind Kind, string Value, int Line, ImmutableArray<(string? Literal, ImmutableArray<Token> Inner)> Parts = default);

/// <summary>Cuts Bicep into tokens; comments and <c>#disable…</c> lines are left out.</summary>
internal sealed class BicepTokens(string source)
{
    private static readonly string[] Signs =
        ["??", "||", "&&", "==", "!=", "<=", ">=", "=~", "!~", "?.", "{", "}", "[", "]", "(", ")", ",", ":", "=", ".", "?", "!", "<", ">", "+", "-", "*", "/", "%", "@"];

    private readonly List<Token> _tokens = [];
    private int _at;
    private int _line = 1;

    public static ImmutableArray<Token> Of(string source) => new BicepTokens(source).Read(isInner: false, 1);

    private ImmutableArray<Token> Read(bool isInner, int line)
    {
        _line = line;
        var depth = 0;
        while (_at < source.Length)
        {
            var c = source[_at];
            if (c == '\n')
            {
                Add(TokenKind.NewLine, "\n");
                _at++;
                _line++;
            }
            else if (char.IsWhiteSpace(c))
            {
                _at++;
            }
            else if (Starts("//") || c == '#')
            {
                while (_at < source.Length && source[_at] != '\n')
                {
                    _at++;
                }
            }
            else if (Starts("/*"))
            {
                SkipComment();
            }
            else if (Starts("'''"))
            {
                ReadLongText();
            }
            else if (c == '\'')
            {
                ReadText();
            }
            else if (char.IsAsciiDigit(c))
            {
                Add(TokenKind.Number, Take(char.IsAsciiDigit));
            }
            else if (char.IsAsciiLetter(c) || c == '_')
            {
                Add(TokenKind.Word, Take(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_'));
            }
            else
            {
                var sign = Signs.FirstOrDefault(Starts) ?? throw new BicepException(_line, $"'{c}' is no sign of Bicep.");
                if (isInner && sign == "}" && depth == 0)
                {
                    break;
                }

                depth += sign == "{" ? 1 : sign == "}" ? -1 : 0;
                Add(TokenKind.Sign, sign);
                _at += sign.Length;
            }
        }

        Add(TokenKind.End, "");
        return [.. _tokens];
    }

    private void Add(TokenKind kind, string value) => _tokens.Add(new(kind, value, _line));

    private bool Starts(string text) => string.CompareOrdinal(source, _at, text, 0, text.Length) == 0;

    private string Take(Func<char, bool> isPart)
    {
        var from = _at;
        while (_at < source.Length && isPart(source[_at]))
        {
            _at++;
        }

        return source[from.._at];
    }

    private void SkipComment()
    {
        var end = source.IndexOf("*/", _at, StringComparison.Ordinal);
        if (end < 0)
        {
            throw new BicepException(_line, "A comment does not end.");
        }

        _line += source[_at..end].Count(c => c == '\n');
        _at = end + 2;
    }

    private void ReadLongText()
    {
        var end = source.IndexOf("'''", _at + 3, StringComparison.Ordinal);
        if (end < 0)
        {
            throw new BicepException(_line, "A text does not end.");
        }

        var text = source[(_at + 3)..end];
        _tokens.Add(new(TokenKind.Text, text, _line, [(text, default)]));
        _line += text.Count(c => c == '\n');
        _at = end + 3;
    }

    private void ReadText()
    {
        var parts = ImmutableArray.CreateBuilder<(string?, ImmutableArray<Token>)>();
        var literal = new StringBuilder();
        _at++;
        while (true)
        {
            if (_at >= source.Length || source[_at] == '\n')
            {
                throw new BicepException(_line, "A text does not end.");
            }

            if (source[_at] == '\'')
            {
                break;
            }

            if (Starts("${"))
            {
                parts.Add((literal.ToString(), default));
                literal.Clear();
                var inner = new BicepTokens(source) { _at = _at + 2 };
                parts.Add((null, inner.Read(isInner: true, _line)));
                _at = inner._at;
                if (_at >= source.Length)
                {
                    throw new BicepException(_line, "An interpolation does not end.");
                }
            }
            else if (source[_at] == '\\')
            {
                _at++;
                literal.Append(source[_at] switch
                {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    '\\' or '\'' or '$' => source[_at],
                    var other => throw new BicepException(_line, string.Create(CultureInfo.InvariantCulture, $"'\\{other}' is no escape of Bicep.")),
                });
            }
            else
            {
                literal.Append(source[_at]);
            }

            _at++;
        }

        parts.Add((literal.ToString(), default));
        _tokens.Add(new(TokenKind.Text, "", _line, parts.ToImmutable()));
        _at++;
    }
}
