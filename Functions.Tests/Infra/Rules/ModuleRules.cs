using AudienceSync.Infra.Bicep;

namespace AudienceSync.Infra.Rules;

/// <summary>Modules exist, get what they require and nothing they do not know; what is read of them, they give.</summary>
internal static class ModuleRules
{
    public static IEnumerable<string> Faults(InfraFiles files)
    {
        foreach (var file in files.Templates)
        {
            foreach (var module in file.All<Declaration.Module>())
            {
                var path = InfraFiles.Resolve(file.Path, module.Path);
                if (files.Find(path) is not { } template)
                {
                    yield return $"{file.Path}:{module.Line}: module '{module.Name}' is '{module.Path}', which is no template that can be read.";
                    continue;
                }

                foreach (var fault in Arguments(file, module, template).Concat(Outputs(file, module, template)))
                {
                    yield return fault;
                }
            }
        }

        var used = files.Templates
            .SelectMany(file => file.All<Declaration.Module>().Select(module => InfraFiles.Resolve(file.Path, module.Path)))
            .Concat(files.ParameterFiles.SelectMany(file => file.All<Declaration.Using>().Select(of => InfraFiles.Resolve(file.Path, of.Path))))
            .ToHashSet();
        foreach (var file in files.Templates.Where(file => !used.Contains(file.Path)))
        {
            yield return $"{file.Path}: no module and no parameter file names it.";
        }
    }

    /// <summary>What a parameter of this type may be given as a literal.</summary>
    public static string? TypeFault(Declaration.Parameter parameter, Expression value)
    {
        var given = value switch
        {
            Expression.Text => "string",
            Expression.Number => "int",
            Expression.Word { Value: "true" or "false" } => "bool",
            Expression.List or Expression.Loop => "array",
            Expression.Object => "object",
            Expression.Call { Of: null, Function: "int" } => "int",
            Expression.Call { Of: null, Function: "bool" or "empty" } or Expression.Operation { Operator: "!" or "==" or "!=" or "&&" or "||" or "<" or ">" or "<=" or ">=" } => "bool",
            Expression.Call { Of: null, Function: "string" or "readEnvironmentVariable" or "uniqueString" or "guid" } => "string",
            _ => null,
        };
        var wanted = parameter.Type.EndsWith("[]", StringComparison.Ordinal) ? "array" : parameter.Type;
        return given is null || given == wanted ? null : $"'{parameter.Name}' is of type {parameter.Type} and is given a value of type {given}";
    }

    private static IEnumerable<string> Arguments(BicepFile file, Declaration.Module module, BicepFile template)
    {
        var parameters = template.All<Declaration.Parameter>().ToDictionary(parameter => parameter.Name);
        var given = (module.Object.Find("params") as Expression.Object)?.Properties ?? [];
        foreach (var argument in given)
        {
            if (!parameters.TryGetValue(argument.Name, out var parameter))
            {
                yield return $"{file.Path}:{argument.Line}: '{argument.Name}' is no parameter of {template.Path}.";
            }
            else if (TypeFault(parameter, argument.Value) is { } fault)
            {
                yield return $"{file.Path}:{argument.Line}: {fault}.";
            }
        }

        foreach (var parameter in parameters.Values.Where(parameter => parameter.Default is null && given.All(argument => argument.Name != parameter.Name)))
        {
            yield return $"{file.Path}:{module.Line}: module '{module.Name}' does not give '{parameter.Name}', which {template.Path} requires.";
        }
    }

    private static IEnumerable<string> Outputs(BicepFile file, Declaration.Module module, BicepFile template)
    {
        var outputs = template.All<Declaration.Output>().Select(output => output.Name).ToHashSet();
        return file.Declarations.SelectMany(BicepWalk.Within)
            .OfType<Expression.Member>()
            .Where(member => member.Of is Expression.Member { Property: "outputs", Of: Expression.Name name } && name.Value == module.Name && !outputs.Contains(member.Property))
            .Select(member => $"{file.Path}:{member.Line}: {template.Path} has no output '{member.Property}'.");
    }
}
