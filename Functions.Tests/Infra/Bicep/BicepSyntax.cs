using System.Collections.Immutable;

namespace AudienceSync.Infra.Bicep;

/// <summary>What a Bicep expression can be here: the language without lambdas, spreads and user-defined types, which the files do not use.</summary>
internal abstract record Expression(int Line)
{
    /// <param name="Parts">Text and interpolated expressions, in order.</param>
    internal sealed record Text(ImmutableArray<TextPart> Parts, int Line) : Expression(Line)
    {
        /// <summary>Null where something is interpolated.</summary>
        public string? Literal => Parts.All(part => part.Value is null) ? string.Concat(Parts.Select(part => part.Literal)) : null;

        /// <summary>The literal text, with <c>{}</c> for what is interpolated.</summary>
        public string Pattern => string.Concat(Parts.Select(part => part.Literal ?? "{}"));
    }

    internal sealed record Number(long Value, int Line) : Expression(Line);

    internal sealed record Word(string Value, int Line) : Expression(Line);

    internal sealed record Name(string Value, int Line) : Expression(Line);

    internal sealed record Member(Expression Of, string Property, int Line) : Expression(Line);

    internal sealed record Element(Expression Of, Expression Index, int Line) : Expression(Line);

    /// <param name="Of">Null for a function; else what the method is called on.</param>
    internal sealed record Call(Expression? Of, string Function, ImmutableArray<Expression> Arguments, int Line) : Expression(Line);

    internal sealed record Operation(string Operator, ImmutableArray<Expression> Operands, int Line) : Expression(Line);

    internal sealed record Object(ImmutableArray<Property> Properties, int Line) : Expression(Line)
    {
        public Expression? Find(string name) => Properties.FirstOrDefault(property => property.Name == name)?.Value;
    }

    internal sealed record List(ImmutableArray<Expression> Items, int Line) : Expression(Line);

    internal sealed record Loop(string Item, string? Index, Expression Source, Expression Body, int Line) : Expression(Line);
}

/// <summary>One of the two: text, or an expression in it.</summary>
internal sealed record TextPart(string? Literal, Expression? Value);

/// <param name="Name">Of an interpolated name the pattern: <c>{}</c>.</param>
internal sealed record Property(string Name, Expression Key, Expression Value, int Line);

internal sealed record Decorator(string Name, ImmutableArray<Expression> Arguments);

/// <summary>A declaration of a Bicep file.</summary>
internal abstract record Declaration(string Name, ImmutableArray<Decorator> Decorators, int Line)
{
    internal sealed record TargetScope(string Scope, ImmutableArray<Decorator> Decorators, int Line) : Declaration("targetScope", Decorators, Line);

    internal sealed record Metadata(string Name, Expression Value, ImmutableArray<Decorator> Decorators, int Line) : Declaration(Name, Decorators, Line);

    internal sealed record Parameter(string Name, string Type, Expression? Default, ImmutableArray<Decorator> Decorators, int Line) : Declaration(Name, Decorators, Line)
    {
        public bool IsSecure => Decorators.Any(decorator => decorator.Name == "secure");
    }

    internal sealed record Variable(string Name, Expression Value, ImmutableArray<Decorator> Decorators, int Line) : Declaration(Name, Decorators, Line);

    /// <param name="Type"><c>Provider/types@version</c>.</param>
    internal sealed record Resource(
        string Name, string Type, bool IsExisting, Expression? Condition, Expression Body, ImmutableArray<Decorator> Decorators, int Line)
        : Declaration(Name, Decorators, Line)
    {
        public string TypeName => Type.Split('@')[0];

        public string Version => Type.Split('@')[^1];

        /// <summary>The object, whether there is one of it or many.</summary>
        public Expression.Object Object => (Expression.Object)(Body is Expression.Loop loop ? loop.Body : Body);
    }

    internal sealed record Module(string Name, string Path, Expression? Condition, Expression Body, ImmutableArray<Decorator> Decorators, int Line)
        : Declaration(Name, Decorators, Line)
    {
        public Expression.Object Object => (Expression.Object)(Body is Expression.Loop loop ? loop.Body : Body);
    }

    internal sealed record Output(string Name, string Type, Expression Value, ImmutableArray<Decorator> Decorators, int Line) : Declaration(Name, Decorators, Line);

    /// <summary>Of a parameter file: the template it is for.</summary>
    internal sealed record Using(string Path, ImmutableArray<Decorator> Decorators, int Line) : Declaration("using", Decorators, Line);

    /// <summary>Of a parameter file: a value.</summary>
    internal sealed record Assignment(string Name, Expression Value, ImmutableArray<Decorator> Decorators, int Line) : Declaration(Name, Decorators, Line);
}

/// <summary>A Bicep file or a parameter file, parsed.</summary>
internal sealed record BicepFile(string Path, ImmutableArray<Declaration> Declarations)
{
    public IEnumerable<T> All<T>()
        where T : Declaration => Declarations.OfType<T>();

    public bool IsParameters => Path.EndsWith(".bicepparam", StringComparison.Ordinal);
}

/// <summary>A file that breaks the grammar.</summary>
internal sealed class BicepException(int line, string message) : Exception($"line {line}: {message}");
