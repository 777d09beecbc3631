namespace AudienceSync.Infra.Bicep;

/// <summary>Walks through expressions.</summary>
internal static class BicepWalk
{
    /// <summary>The expression and all within it.</summary>
    public static IEnumerable<Expression> Within(Expression? root) => root is null ? [] : Children(root).SelectMany(Within).Prepend(root);

    /// <summary>Every expression of the declaration, decorators not among them.</summary>
    public static IEnumerable<Expression> Within(Declaration declaration) => Roots(declaration).SelectMany(Within);

    public static IEnumerable<Expression> Roots(Declaration declaration) => declaration switch
    {
        Declaration.Parameter { Default: { } value } => [value],
        Declaration.Variable variable => [variable.Value],
        Declaration.Output output => [output.Value],
        Declaration.Metadata metadata => [metadata.Value],
        Declaration.Assignment assignment => [assignment.Value],
        Declaration.Resource { Condition: { } condition } resource => [condition, resource.Body],
        Declaration.Resource resource => [resource.Body],
        Declaration.Module { Condition: { } condition } module => [condition, module.Body],
        Declaration.Module module => [module.Body],
        _ => [],
    };

    /// <summary>Names that are read, without those that loops bring along.</summary>
    public static IEnumerable<Expression.Name> FreeNames(Expression root) => root switch
    {
        Expression.Name name => [name],
        Expression.Loop loop => FreeNames(loop.Source)
            .Concat(FreeNames(loop.Body).Where(name => name.Value != loop.Item && name.Value != loop.Index)),
        Expression.Object @object => @object.Properties
            .SelectMany(property => (property.Key is Expression.Text key ? FreeNames(key) : []).Concat(FreeNames(property.Value))),
        _ => Children(root).SelectMany(FreeNames),
    };

    /// <summary>Properties by their path, such as <c>properties.sku.name</c>; list items share a path that ends in <c>[]</c>.</summary>
    public static IEnumerable<(string Path, Property Property)> Properties(Expression expression, string path = "") => expression switch
    {
        Expression.Object @object => @object.Properties.SelectMany(property => Properties(property.Value, $"{path}{property.Name}.").Prepend((path + property.Name, property))),
        Expression.List list => list.Items.SelectMany(item => Properties(item, $"{path.TrimEnd('.')}[].")),
        Expression.Loop loop => Properties(loop.Body, $"{path.TrimEnd('.')}[]."),
        Expression.Operation { Operator: "?" } choice => choice.Operands.Skip(1).SelectMany(operand => Properties(operand, path)),
        Expression.Call { Function: "union" } union => union.Arguments.SelectMany(argument => Properties(argument, path)),
        _ => [],
    };

    private static IEnumerable<Expression> Children(Expression expression) => expression switch
    {
        Expression.Text text => text.Parts.Select(part => part.Value).OfType<Expression>(),
        Expression.Member member => [member.Of],
        Expression.Element element => [element.Of, element.Index],
        Expression.Call call => call.Of is null ? call.Arguments : call.Arguments.Prepend(call.Of),
        Expression.Operation operation => operation.Operands,
        Expression.Object @object => @object.Properties.SelectMany(property => property.Key is Expression.Text key ? [key, property.Value] : new[] { property.Value }),
        Expression.List list => list.Items,
        Expression.Loop loop => [loop.Source, loop.Body],
        _ => [],
    };
}
