using System.Collections.Immutable;
using System.Globalization;

namespace AudienceSync.Infra.Bicep;

/// <summary>Reads Bicep and parameter files. Strict: what it does not know is a fault of the file, or of this reader.</summary>
internal sealed class BicepParser
{
    /// <summary>Weakest first.</summary>
    private static readonly string[][] Levels = [["??"], ["||"], ["&&"], ["==", "!=", "=~", "!~"], ["<", ">", "<=", ">="], ["+", "-"], ["*", "/", "%"]];

    private readonly ImmutableArray<Token> _tokens;
    private int _at;

    private BicepParser(ImmutableArray<Token> tokens) => _tokens = tokens;

    private Token Next => _tokens[_at];

    /// <exception cref="BicepException">The file breaks the grammar.</exception>
    public static BicepFile Parse(string path, string source)
    {
        var parser = new BicepParser(BicepTokens.Of(source));
        var declarations = ImmutableArray.CreateBuilder<Declaration>();
        parser.SkipLines();
        while (parser.Next.Kind is not TokenKind.End)
        {
            declarations.Add(parser.Declare(path.EndsWith(".bicepparam", StringComparison.Ordinal)));
            if (parser.Next.Kind is not (TokenKind.NewLine or TokenKind.End))
            {
                throw parser.Unexpected("the end of the line");
            }

            parser.SkipLines();
        }

        return new(path, declarations.ToImmutable());
    }

    private Declaration Declare(bool isParameters)
    {
        var decorators = ImmutableArray.CreateBuilder<Decorator>();
        while (TrySign("@"))
        {
            var name = Word();
            decorators.Add(new(name, Arguments()));
            SkipLines();
        }

        var line = Next.Line;
        var all = decorators.ToImmutable();
        switch (Word())
        {
            case "targetScope":
                Sign("=");
                return new Declaration.TargetScope(Literal(), all, line);
            case "metadata":
                return new Declaration.Metadata(Word(), Assigned(), all, line);
            case "using" when isParameters:
                return new Declaration.Using(Literal(), all, line);
            case "param" when isParameters:
                return new Declaration.Assignment(Word(), Assigned(), all, line);
            case "param":
                var (parameter, type) = (Word(), Type());
                return new Declaration.Parameter(parameter, type, TrySign("=") ? Read() : null, all, line);
            case "var":
                return new Declaration.Variable(Word(), Assigned(), all, line);
            case "output":
                return new Declaration.Output(Word(), Type(), Assigned(), all, line);
            case "resource":
                var (resource, of) = (Word(), Literal());
                var isExisting = TryWord("existing");
                var (condition, body) = Body();
                return new Declaration.Resource(resource, of, isExisting, condition, body, all, line);
            case "module":
                var (module, path) = (Word(), Literal());
                var (when, what) = Body();
                return new Declaration.Module(module, path, when, what, all, line);
            case var other:
                throw new BicepException(line, $"'{other}' begins no declaration.");
        }
    }

    private string Type()
    {
        var type = Word();
        while (TrySign("["))
        {
            Sign("]");
            type += "[]";
        }

        return type;
    }

    private Expression Assigned()
    {
        Sign("=");
        return Read();
    }

    private (Expression? Condition, Expression Body) Body()
    {
        Sign("=");
        Expression? condition = null;
        if (TryWord("if"))
        {
            Sign("(");
            condition = Read();
            Sign(")");
        }

        var body = Read();
        return (body is Expression.Loop { Body: Expression.Object } or Expression.Object) ? (condition, body) : throw new BicepException(body.Line, "A body is an object.");
    }

    private Expression Read()
    {
        var condition = Binary(0);
        if (!TrySign("?"))
        {
            return condition;
        }

        SkipLines();
        var yes = Read();
        SkipLines();
        Sign(":");
        SkipLines();
        return new Expression.Operation("?", [condition, yes, Read()], condition.Line);
    }

    private Expression Binary(int level)
    {
        if (level == Levels.Length)
        {
            return Unary();
        }

        var left = Binary(level + 1);
        while (Next.Kind is TokenKind.Sign && Levels[level].Contains(Next.Value))
        {
            var sign = Next.Value;
            _at++;
            left = new Expression.Operation(sign, [left, Binary(level + 1)], left.Line);
        }

        return left;
    }

    private Expression Unary()
    {
        var line = Next.Line;
        return TrySign("!") ? new Expression.Operation("!", [Unary()], line)
            : TrySign("-") ? new Expression.Operation("-", [Unary()], line)
            : Postfix(Primary());
    }

    private Expression Postfix(Expression of)
    {
        while (true)
        {
            var line = Next.Line;
            if (TrySign("!"))
            {
                // Says that what is before it is not null: nothing to keep.
            }
            else if (TrySign(".") || TrySign("?."))
            {
                var name = Word();
                of = IsSign("(") ? new Expression.Call(of, name, Arguments(), line) : new Expression.Member(of, name, line);
            }
            else if (TrySign("["))
            {
                var index = Read();
                Sign("]");
                of = new Expression.Element(of, index, line);
            }
            else
            {
                return of;
            }
        }
    }

    private Expression Primary()
    {
        var token = Next;
        switch (token.Kind)
        {
            case TokenKind.Text:
                _at++;
                return new Expression.Text([.. token.Parts.Select(Part)], token.Line);
            case TokenKind.Number:
                _at++;
                return new Expression.Number(long.Parse(token.Value, CultureInfo.InvariantCulture), token.Line);
            case TokenKind.Word when token.Value is "true" or "false" or "null":
                _at++;
                return new Expression.Word(token.Value, token.Line);
            case TokenKind.Word:
                _at++;
                return IsSign("(") ? new Expression.Call(null, token.Value, Arguments(), token.Line) : new Expression.Name(token.Value, token.Line);
            case TokenKind.Sign when token.Value == "(":
                _at++;
                SkipLines();
                var inner = Read();
                SkipLines();
                Sign(")");
                return inner;
            case TokenKind.Sign when token.Value == "{":
                return ReadObject();
            case TokenKind.Sign when token.Value == "[":
                return ReadList();
            default:
                throw Unexpected("an expression");
        }

        static TextPart Part((string? Literal, ImmutableArray<Token> Inner) part)
        {
            if (part.Literal is not null)
            {
                return new(part.Literal, null);
            }

            var parser = new BicepParser(part.Inner);
            var value = parser.Read();
            return parser.Next.Kind is TokenKind.End ? new(null, value) : throw parser.Unexpected("the end of the interpolation");
        }
    }

    private Expression.Object ReadObject()
    {
        var line = Next.Line;
        var properties = ImmutableArray.CreateBuilder<Property>();
        Sign("{");
        SkipLines();
        while (!TrySign("}"))
        {
            var at = Next.Line;
            Expression key = Next.Kind is TokenKind.Text ? Primary() : new Expression.Name(Word(), at);
            Sign(":");
            var name = key is Expression.Text text ? text.Pattern : ((Expression.Name)key).Value;
            properties.Add(new(name, key, Read(), at));
            Separate("}");
        }

        return new(properties.ToImmutable(), line);
    }

    private Expression ReadList()
    {
        var line = Next.Line;
        Sign("[");
        SkipLines();
        if (TryWord("for"))
        {
            var isPair = TrySign("(");
            var item = Word();
            string? index = null;
            if (isPair)
            {
                Sign(",");
                index = Word();
                Sign(")");
            }

            if (!TryWord("in"))
            {
                throw Unexpected("'in'");
            }

            var source = Read();
            Sign(":");
            SkipLines();
            var body = Read();
            SkipLines();
            Sign("]");
            return new Expression.Loop(item, index, source, body, line);
        }

        var items = ImmutableArray.CreateBuilder<Expression>();
        while (!TrySign("]"))
        {
            items.Add(Read());
            Separate("]");
        }

        return new Expression.List(items.ToImmutable(), line);
    }

    private ImmutableArray<Expression> Arguments()
    {
        var arguments = ImmutableArray.CreateBuilder<Expression>();
        Sign("(");
        SkipLines();
        while (!TrySign(")"))
        {
            arguments.Add(Read());
            SkipLines();
            if (!IsSign(")"))
            {
                Sign(",");
                SkipLines();
            }
        }

        return arguments.ToImmutable();
    }

    /// <summary>One item a line; a comma does as well.</summary>
    private void Separate(string end)
    {
        if (!IsSign(end) && Next.Kind is not TokenKind.NewLine && !IsSign(","))
        {
            throw Unexpected("a new line");
        }

        TrySign(",");
        SkipLines();
    }

    private string Literal() => Primary() is Expression.Text { Literal: { } literal } ? literal : throw Unexpected("a text without interpolation");

    private string Word()
    {
        if (Next.Kind is not TokenKind.Word)
        {
            throw Unexpected("a name");
        }

        return _tokens[_at++].Value;
    }

    private bool TryWord(string word)
    {
        var isNext = Next.Kind is TokenKind.Word && Next.Value == word;
        _at += isNext ? 1 : 0;
        return isNext;
    }

    private bool IsSign(string sign) => Next.Kind is TokenKind.Sign && Next.Value == sign;

    private bool TrySign(string sign)
    {
        var isNext = IsSign(sign);
        _at += isNext ? 1 : 0;
        return isNext;
    }

    private void Sign(string sign)
    {
        if (!TrySign(sign))
        {
            throw Unexpected($"'{sign}'");
        }
    }

    private void SkipLines()
    {
        while (Next.Kind is TokenKind.NewLine)
        {
            _at++;
        }
    }

    private BicepException Unexpected(string wanted) => new(
        Next.Line, $"{wanted} is expected, not {(Next.Kind is TokenKind.End ? "the end" : Next.Kind is TokenKind.NewLine ? "a new line" : $"'{Next.Value}'")}.");
}
